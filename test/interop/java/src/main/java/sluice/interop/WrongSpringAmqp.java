package sluice.interop;

import java.net.URI;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitTemplate;

/** What a Java program sends that forgot to set a converter: arguments are the broker's URL and the id of an order. */
public final class WrongSpringAmqp {

  public static void main(String... args) {
    var connections = new CachingConnectionFactory(URI.create(args[0]));
    new RabbitTemplate(connections).convertAndSend("sluice.commands", "in", Order.of(args[1]), message -> {
      message.getMessageProperties().setMessageId(args[1]);
      message.getMessageProperties().setType("orders.place.v1");
      return message;
    });
    connections.destroy();
  }
}
