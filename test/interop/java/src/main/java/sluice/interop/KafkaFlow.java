package sluice.interop;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.config.EnableIntegration;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.kafka.dsl.Kafka;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.kafka.support.serializer.JacksonJsonSerializer;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/** A Spring Integration flow over Kafka: arguments are the bootstrap server and the ids of the orders to place. */
@Configuration
@EnableIntegration
public class KafkaFlow {
  static String servers;

  public static void main(String... args) throws Exception {
    servers = args[0];
    var ids = List.of(args).subList(1, args.length);
    var outcomes = new Outcomes();
    var listener = SpringKafka.listen(servers, outcomes);
    try (var context = new AnnotationConfigApplicationContext(KafkaFlow.class)) {
      var channel = context.getBean("orders", MessageChannel.class);
      for (var id : ids) channel.send(new GenericMessage<>(Order.of(id)));
      outcomes.printThoseOf(ids);
    }
    listener.stop();
  }

  // region place
  @Bean
  IntegrationFlow place(KafkaTemplate<String, Order> template) {
    return IntegrationFlow.from("orders")
        .enrichHeaders(headers -> headers
            .headerExpression(KafkaHeaders.KEY, "payload.orderId.toString()")
            .headerExpression("ce_id", "payload.orderId.toString()")
            .header("ce_source", "/till/7")
            .header("ce_type", "orders.place.v1"))
        .handle(Kafka.outboundChannelAdapter(template).topic("sluice.commands").sync(true))
        .get();
  }
  // endregion

  @Bean
  KafkaTemplate<String, Order> template() {
    Map<String, Object> settings = Map.of("bootstrap.servers", servers, "acks", "all");
    return new KafkaTemplate<>(
        new DefaultKafkaProducerFactory<>(settings, new StringSerializer(), new JacksonJsonSerializer<>()));
  }
}
