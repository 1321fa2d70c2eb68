package sluice.interop;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSContext;
import java.util.List;
import java.util.Map;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.qpid.jms.JmsConnectionFactory;
import tools.jackson.databind.json.JsonMapper;

/** JMS 3.1, by Artemis' own client or by Qpid's over AMQP 1.0: arguments are which, the broker's URL, user, password, orders. */
public final class Jms {
  private static final JsonMapper JSON = new JsonMapper();

  public static void main(String... args) throws Exception {
    var ids = List.of(args).subList(4, args.length);
    var outcomes = new Outcomes();
    try (var connections = connectionsOf(args[0], args[1]); var context = connections.createContext(args[2], args[3])) {
      listen(context, outcomes);
      for (var id : ids) place(context, Order.of(id));
      outcomes.printThoseOf(ids);
    }
  }

  // region send
  static void place(JMSContext context, Order order) throws Exception {
    var message = context.createTextMessage(JSON.writeValueAsString(order));
    message.setJMSType("orders.place.v1");
    message.setStringProperty("cloudEvents_id", order.orderId().toString());
    message.setStringProperty("cloudEvents_source", "/till/7");
    context.createProducer().send(context.createQueue("sluice.commands.in"), message);
  }
  // endregion

  // region listen
  @SuppressWarnings("unchecked")
  static void listen(JMSContext context, Outcomes outcomes) {
    context.createConsumer(context.createTopic("sluice.notices")).setMessageListener(message -> {
      try {
        outcomes.read(JSON.readValue(message.getBody(String.class), Map.class));
      } catch (Exception error) {
        throw new IllegalStateException("A notice cannot be read", error);
      }
    });
  }
  // endregion

  private interface Closing extends AutoCloseable {
    JMSContext createContext(String user, String password);
  }

  private static Closing connectionsOf(String client, String url) {
    ConnectionFactory factory =
        client.equals("artemis") ? new ActiveMQConnectionFactory(url) : new JmsConnectionFactory(url);
    return new Closing() {
      @Override
      public JMSContext createContext(String user, String password) {
        return factory.createContext(user, password);
      }

      @Override
      public void close() {
        if (factory instanceof ActiveMQConnectionFactory ours) ours.close();
      }
    };
  }
}
