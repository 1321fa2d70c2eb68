package sluice.interop;

import java.io.Serializable;
import java.util.List;
import java.util.UUID;

/** An order as this program has it; its JSON is what the contract orders.place.v1 takes. */
public record Order(UUID orderId, String customerId, String currency, List<Line> lines) implements Serializable {

  public record Line(String sku, int quantity, int unitPriceCents) implements Serializable {}

  public static Order of(String orderId) {
    return new Order(UUID.fromString(orderId), "customer-42", "EUR", List.of(new Line("espresso-1kg", 2, 1890)));
  }
}
