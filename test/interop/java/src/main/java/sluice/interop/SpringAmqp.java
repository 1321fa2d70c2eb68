package sluice.interop;

import java.net.URI;
import java.util.List;
import org.springframework.amqp.core.Binding;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.adapter.MessageListenerAdapter;
import org.springframework.amqp.support.converter.JacksonJsonMessageConverter;

/** Spring AMQP by itself: arguments are the broker's URL and the ids of the orders to place. */
public final class SpringAmqp {

  public static void main(String... args) throws Exception {
    var connections = new CachingConnectionFactory(URI.create(args[0]));
    connections.setPublisherConfirmType(ConfirmType.SIMPLE);
    var ids = List.of(args).subList(1, args.length);
    var outcomes = new Outcomes();
    var listener = listen(connections, outcomes);
    for (var id : ids) place(connections, Order.of(id));
    outcomes.printThoseOf(ids);
    listener.stop();
    connections.destroy();
  }

  // region send
  static void place(CachingConnectionFactory connections, Order order) {
    var template = new RabbitTemplate(connections);
    template.setMessageConverter(new JacksonJsonMessageConverter());
    template.invoke(channel -> {
      channel.convertAndSend("sluice.commands", "in", order, message -> {
        message.getMessageProperties().setMessageId(order.orderId().toString());
        message.getMessageProperties().setType("orders.place.v1");
        return message;
      });
      return channel.waitForConfirms(10_000);
    });
  }
  // endregion

  // region listen
  static SimpleMessageListenerContainer listen(CachingConnectionFactory connections, Outcomes outcomes) {
    var inbox = new RabbitAdmin(connections).declareQueue();
    var ours = new Binding(inbox.getName(), Binding.DestinationType.QUEUE, "sluice.notices", "", null);
    new RabbitAdmin(connections).declareBinding(ours);
    var container = new SimpleMessageListenerContainer(connections);
    container.setQueues(inbox);
    container.setMessageListener(new MessageListenerAdapter(outcomes, new JacksonJsonMessageConverter()) {{
      setDefaultListenerMethod("read");
    }});
    container.start();
    return container;
  }
  // endregion
}
