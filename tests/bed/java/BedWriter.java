import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.Delete;
import org.apache.hadoop.hbase.client.Put;
import org.apache.hadoop.hbase.client.Table;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hbase.thirdparty.com.google.gson.JsonArray;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/**
 * Ops write_forever and write_stop: threads that write in the background while other ops run. Each has rows of
 * its own; what it does follows from the seed alone: "put" a new row, "overwrite" or "delete" one of its older
 * rows. A write that fails is counted (it may have taken place or not), its message kept, and the next one tried.
 * The rate is that of all threads together.
 */
final class BedWriter {
  private static final List<String> KINDS = List.of("put", "delete", "overwrite");

  private final BedHelper helper;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong puts = new AtomicLong(), deletes = new AtomicLong();
  private final AtomicLong overwrites = new AtomicLong(), errors = new AtomicLong();
  private volatile boolean stopped;
  private volatile String lastError;

  BedWriter(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("write_forever", this::begin);
    ops.put("write_stop", this::stop);
  }

  private void begin(BedArgs args, JsonObject result) throws Exception {
    if (!threads.isEmpty()) throw new IllegalStateException("it writes already");
    TableName table = args.table();
    byte[] family = Bytes.toBytes(args.text("family", "f"));
    List<String> kinds = args.has("kinds") ? args.texts("kinds") : List.of("put");
    for (String kind : kinds)
      if (!KINDS.contains(kind)) throw new IllegalArgumentException("no such kind: " + kind + "; there are " + KINDS);
    int count = args.integer("threads", 1);
    long seed = args.number("seed", 1), perSecond = Math.max(1, args.number("rows_per_second", 100));
    long pause = 1_000_000_000L * count / perSecond;
    int bytes = args.integer("bytes", 100);
    Connection connection = helper.connection();
    for (AtomicLong counter : new AtomicLong[] {puts, deletes, overwrites, errors}) counter.set(0);
    stopped = false;
    lastError = null;
    for (int i = 0; i < count; i++) {
      int number = i;
      Thread thread = new Thread(() -> {
        write(connection, table, family, kinds, new byte[bytes], seed * 1009 + number, pause);
      }, "writer-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  private void write(Connection connection, TableName name, byte[] family, List<String> kinds, byte[] value,
      long seed, long pause) {
    Random random = new Random(seed);
    long rows = 0, due = System.nanoTime();
    while (!stopped) {
      String kind = rows == 0 ? "put" : kinds.get(random.nextInt(kinds.size()));
      long row = kind.equals("put") ? rows++ : (long) (random.nextDouble() * rows);
      byte[] key = BedWriteOps.key(Bytes.toBytes((seed << 40) + row));
      random.nextBytes(value);
      try (Table table = connection.getTable(name)) {
        if (kind.equals("delete")) table.delete(new Delete(key));
        else table.put(new Put(key).addColumn(family, Bytes.toBytes("q0"), value.clone()));
        counter(kind).incrementAndGet();
      } catch (Exception e) {
        errors.incrementAndGet();
        lastError = e.toString().split("\n")[0];
      }
      due = Math.max(due + pause, System.nanoTime() - 1_000_000_000L); // makes up for at most a second
      while (!stopped && due > System.nanoTime())
        LockSupport.parkNanos(Math.min(due - System.nanoTime(), 100_000_000L));
    }
  }

  private AtomicLong counter(String kind) {
    return kind.equals("put") ? puts : kind.equals("delete") ? deletes : overwrites;
  }

  /** Ends when the writes under way have; those that hang are interrupted after "seconds". */
  private void stop(BedArgs args, JsonObject result) throws Exception {
    stopped = true;
    long end = System.currentTimeMillis() + args.number("seconds", 60) * 1000;
    for (Thread t : threads) {
      t.join(Math.max(1, end - System.currentTimeMillis()));
      t.interrupt();
      t.join(5000);
    }
    JsonArray hanging = new JsonArray();
    for (Thread t : threads) if (t.isAlive()) hanging.add(t.getName());
    threads.clear();
    result.addProperty("put", puts.get());
    result.addProperty("delete", deletes.get());
    result.addProperty("overwrite", overwrites.get());
    result.addProperty("errors", errors.get());
    if (lastError != null) result.addProperty("last_error", lastError);
    if (hanging.size() > 0) result.add("hanging", hanging);
  }
}
