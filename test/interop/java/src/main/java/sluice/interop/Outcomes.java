package sluice.interop;

import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What Sluice tells after a commit, for whoever waits for the outcome of what it sent. */
public final class Outcomes {
  private static final long PATIENCE_SECONDS = 90;

  private final BlockingQueue<Map<String, Object>> told = new LinkedBlockingQueue<>();

  /** Takes one notice, as its JSON reads: a list of outcomes, of which some may be of other programs. */
  @SuppressWarnings("unchecked")
  public void read(Map<String, Object> notice) {
    told.addAll((List<Map<String, Object>>) notice.get("outcomes"));
  }

  /** Prints the states of what was sent under these ids, one a line, as they come. */
  public void printThoseOf(List<String> ids) throws InterruptedException {
    var waiting = new java.util.HashSet<>(ids);
    while (!waiting.isEmpty()) {
      var outcome = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (outcome == null) throw new IllegalStateException("Nothing was told of " + waiting);
      var id = (String) outcome.get("externalId");
      if (id != null && waiting.remove(id)) System.out.println(id + " " + outcome.get("state"));
    }
  }
}
