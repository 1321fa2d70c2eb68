package sluice.interop;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.springframework.amqp.core.AnonymousQueue;
import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.support.AmqpHeaders;
import org.springframework.amqp.support.converter.JacksonJsonMessageConverter;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.amqp.dsl.Amqp;
import org.springframework.integration.config.EnableIntegration;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/** A Spring Integration flow over RabbitMQ: arguments are the channel to send to, the broker's URL, and the orders' ids. */
@Configuration
@EnableIntegration
public class RabbitFlow {
  static String url;

  public static void main(String... args) throws Exception {
    url = args[1];
    var ids = List.of(args).subList(2, args.length);
    try (var context = new AnnotationConfigApplicationContext(RabbitFlow.class)) {
      var channel = context.getBean(args[0], MessageChannel.class);
      for (var id : ids) channel.send(new GenericMessage<>(Order.of(id)));
      context.getBean(Outcomes.class).printThoseOf(ids);
    }
  }

  // region place
  @Bean
  IntegrationFlow place(RabbitTemplate template) {
    return IntegrationFlow.from("orders")
        .enrichHeaders(headers -> headers
            .headerExpression(AmqpHeaders.MESSAGE_ID, "payload.orderId.toString()")
            .header(AmqpHeaders.TYPE, "orders.place.v1"))
        .handle(Amqp.outboundAdapter(template).exchangeName("sluice.commands").routingKey("in"))
        .get();
  }
  // endregion

  // region cloudevents
  @Bean
  IntegrationFlow placeAsCloudEvent(RabbitTemplate template) {
    return IntegrationFlow.from("events")
        .enrichHeaders(headers -> headers
            .headerExpression("ce-id", "payload.orderId.toString()")
            .header("ce-source", "/till/7")
            .header("ce-type", "orders.place.v1"))
        .handle(Amqp.outboundAdapter(template).exchangeName("sluice.commands").routingKey("in"))
        .get();
  }
  // endregion

  // region outcomes
  @Bean
  IntegrationFlow outcomesOfOrders(CachingConnectionFactory connections, Queue inbox, Outcomes outcomes) {
    return IntegrationFlow.from(Amqp.inboundAdapter(connections, inbox)
            .messageConverter(new JacksonJsonMessageConverter()))
        .handle(Map.class, (notice, headers) -> {
          outcomes.read(notice);
          return null;
        })
        .get();
  }
  // endregion

  @Bean
  Queue inbox() {
    return new AnonymousQueue();
  }

  @Bean
  Binding tellsUs(Queue inbox) {
    return new Binding(inbox.getName(), Binding.DestinationType.QUEUE, "sluice.notices", "", null);
  }

  @Bean
  CachingConnectionFactory connections() {
    return new CachingConnectionFactory(URI.create(url));
  }

  @Bean
  RabbitAdmin admin(CachingConnectionFactory connections) {
    return new RabbitAdmin(connections);
  }

  @Bean
  RabbitTemplate template(CachingConnectionFactory connections) {
    var template = new RabbitTemplate(connections);
    template.setMessageConverter(new JacksonJsonMessageConverter());
    return template;
  }

  @Bean
  Outcomes outcomes() {
    return new Outcomes();
  }
}
