import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hadoop.hbase.client.Durability;
import org.apache.hadoop.hbase.client.Put;
import org.apache.hadoop.hbase.client.Result;
import org.apache.hadoop.hbase.client.ResultScanner;
import org.apache.hadoop.hbase.client.Scan;
import org.apache.hadoop.hbase.client.Table;
import org.apache.hadoop.hbase.filter.FirstKeyOnlyFilter;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hbase.thirdparty.com.google.gson.JsonArray;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/**
 * The true lag, without the product's help. On the source truth_begin starts a thread for each prefix, which writes the
 * rows prefix + number, one after the other, and notes when each was acknowledged: truth_written tells, from a number
 * on. On the target truth_seen says, for each prefix, up to which number all rows are there, from one that was.
 */
final class BedTruth {
  private final BedHelper helper;
  private final Map<String, List<Long>> acknowledged = new TreeMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;
  private Connection impatient;

  BedTruth(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("truth_begin", this::begin);
    ops.put("truth_written", this::written);
    ops.put("truth_stop", this::stop);
    ops.put("truth_seen", this::seen);
  }

  /** Gives up soon, so that writers try again as soon as they can, and readers do not hang on what is down. */
  private synchronized Connection connection() throws Exception {
    if (impatient != null && !impatient.isClosed()) return impatient;
    Configuration conf = new Configuration(helper.conf());
    conf.setInt("hbase.rpc.timeout", 3000);
    conf.setInt("hbase.client.operation.timeout", 8000);
    conf.setInt("hbase.client.meta.operation.timeout", 8000);
    conf.setInt("hbase.client.scanner.timeout.period", 8000);
    conf.setInt("hbase.client.retries.number", 3);
    impatient = ConnectionFactory.createConnection(conf);
    return impatient;
  }

  static String row(String prefix, long number) { return prefix + String.format("%010d", number); }

  private void begin(BedArgs args, JsonObject result) throws Exception {
    if (!threads.isEmpty()) throw new IllegalStateException("it writes already");
    stopped = false;
    acknowledged.clear();
    Connection connection = connection();
    TableName table = args.table();
    long every = args.number("every_ms", 100);
    Durability durability = Durability.valueOf(args.text("durability", "USE_DEFAULT"));
    for (String prefix : args.texts("prefixes")) {
      List<Long> times = new ArrayList<>();
      acknowledged.put(prefix, times);
      Thread thread = new Thread(() -> write(connection, table, prefix, times, every, durability), "truth-" + prefix);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  private void write(Connection connection, TableName table, String prefix, List<Long> times, long every,
      Durability durability) {
    byte[] family = Bytes.toBytes("f"), qualifier = Bytes.toBytes("q");
    while (!stopped) {
      try (Table t = connection.getTable(table)) {
        while (!stopped) {
          int next;
          synchronized (times) { next = times.size(); }
          t.put(new Put(Bytes.toBytes(row(prefix, next))).addColumn(family, qualifier, Bytes.toBytes(next))
            .setDurability(durability));
          synchronized (times) { times.add(System.currentTimeMillis()); }
          Thread.sleep(every);
        }
      } catch (InterruptedException e) {
        return;
      } catch (Exception e) {
        // The same row again: whether it was written is not known.
      }
    }
  }

  private void written(BedArgs args, JsonObject result) {
    JsonObject from = args.object("from");
    JsonObject all = new JsonObject();
    acknowledged.forEach((prefix, times) -> {
      JsonArray some = new JsonArray();
      synchronized (times) {
        for (int i = from.get(prefix).getAsInt(); i < times.size(); i++) some.add(times.get(i));
      }
      all.add(prefix, some);
    });
    result.add("acknowledged", all);
  }

  private void stop(BedArgs args, JsonObject result) throws Exception {
    stopped = true;
    for (Thread thread : threads) {
      thread.join(10_000);
      thread.interrupt();
    }
    threads.clear();
  }

  private void seen(BedArgs args, JsonObject result) throws Exception {
    JsonObject from = args.object("from");
    JsonObject next = new JsonObject();
    result.addProperty("begun", System.currentTimeMillis());
    try (Table table = connection().getTable(args.table())) {
      for (String prefix : from.keySet()) next.addProperty(prefix, firstGap(table, prefix, from.get(prefix).getAsLong()));
    }
    result.addProperty("ended", System.currentTimeMillis());
    result.add("next", next);
  }

  private static long firstGap(Table table, String prefix, long from) throws Exception {
    Scan scan = new Scan().withStartRow(Bytes.toBytes(row(prefix, from)))
      .withStopRow(Bytes.toBytes(prefix + "z")).setCaching(10000).setFilter(new FirstKeyOnlyFilter());
    long expected = from;
    try (ResultScanner scanner = table.getScanner(scan)) {
      for (Result found; (found = scanner.next()) != null; expected++)
        if (!new String(found.getRow(), StandardCharsets.UTF_8).equals(row(prefix, expected))) break;
    }
    return expected;
  }
}
