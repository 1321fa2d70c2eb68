package sluice.interop;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.support.TopicPartitionOffset;
import org.springframework.kafka.support.TopicPartitionOffset.SeekPosition;
import org.springframework.kafka.support.serializer.JacksonJsonDeserializer;
import org.springframework.kafka.support.serializer.JacksonJsonSerializer;

/** Spring Kafka by itself: arguments are the bootstrap server and the ids of the orders to place. */
public final class SpringKafka {

  public static void main(String... args) throws Exception {
    var ids = List.of(args).subList(1, args.length);
    var outcomes = new Outcomes();
    var listener = listen(args[0], outcomes);
    for (var id : ids) place(args[0], Order.of(id));
    outcomes.printThoseOf(ids);
    listener.stop();
  }

  // region send
  static void place(String servers, Order order) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", servers, "acks", "all");
    var producers = new DefaultKafkaProducerFactory<>(
        settings, new StringSerializer(), new JacksonJsonSerializer<Order>());
    var record = new ProducerRecord<>("sluice.commands", order.orderId().toString(), order);
    record.headers().add("ce_id", order.orderId().toString().getBytes());
    record.headers().add("ce_type", "orders.place.v1".getBytes());
    record.headers().add("ce_source", "/till/7".getBytes());
    new KafkaTemplate<>(producers).send(record).get(10, TimeUnit.SECONDS);
    producers.destroy();
  }
  // endregion

  // region listen
  @SuppressWarnings("unchecked")
  static KafkaMessageListenerContainer<String, Map<String, Object>> listen(String servers, Outcomes outcomes) {
    Map<String, Object> settings = Map.of("bootstrap.servers", servers);
    var json = new JacksonJsonDeserializer<>((Class<Map<String, Object>>) (Class<?>) Map.class, false);
    var consumers = new DefaultKafkaConsumerFactory<>(settings, new StringDeserializer(), json);
    var notices = new ContainerProperties(new TopicPartitionOffset("sluice.notices", 0, SeekPosition.END));
    notices.setMessageListener((MessageListener<String, Map<String, Object>>) record -> outcomes.read(record.value()));
    var container = new KafkaMessageListenerContainer<>(consumers, notices);
    container.start();
    return container;
  }
  // endregion
}
