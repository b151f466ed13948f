import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.Delete;
import org.apache.hadoop.hbase.client.Durability;
import org.apache.hadoop.hbase.client.Increment;
import org.apache.hadoop.hbase.client.Mutation;
import org.apache.hadoop.hbase.client.Put;
import org.apache.hadoop.hbase.client.Row;
import org.apache.hadoop.hbase.client.Table;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hbase.thirdparty.com.google.gson.JsonArray;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/**
 * Ops write_forever, write_counts and write_stop: threads that write in the background while other ops run. Each has
 * rows of its own; what it does follows from the seed alone: "put" a new row, "overwrite", "delete" or "increment" one
 * of its older rows. With "rows" there are never more than that of all threads together: what would be a new one then
 * overwrites. "batch" writes of different rows go in one call. A call that fails is counted (its writes may have taken
 * place or not), its message kept, and the next one tried. The rate is that of all threads together; what an outage
 * held up is made up for, as far as "makes_up_seconds" go.
 */
final class BedWriter {
  private static final List<String> KINDS = List.of("put", "delete", "overwrite", "increment");

  private final BedHelper helper;
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, AtomicLong> counts = new TreeMap<>();
  private final AtomicLong errors = new AtomicLong();
  private volatile boolean stopped;
  private volatile String lastError;

  BedWriter(BedHelper helper) {
    this.helper = helper;
    for (String kind : KINDS) counts.put(kind, new AtomicLong());
  }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("write_forever", this::begin);
    ops.put("write_counts", this::counts);
    ops.put("write_stop", this::stop);
  }

  /** What is the same for all threads. */
  private static final class Plan {
    Connection connection;
    TableName table;
    byte[] family;
    List<String> kinds;
    int bytes, batch;
    long rows; // of one thread
    long pause; // nanoseconds from one batch of a thread to its next
    long makesUp; // nanoseconds that a thread may be late and still write all that was due
    Durability durability;
  }

  private void begin(BedArgs args, JsonObject result) throws Exception {
    if (!threads.isEmpty()) throw new IllegalStateException("it writes already");
    Plan plan = new Plan();
    plan.connection = helper.connection();
    plan.table = args.table();
    plan.family = Bytes.toBytes(args.text("family", "f"));
    plan.kinds = args.has("kinds") ? args.texts("kinds") : List.of("put");
    for (String kind : plan.kinds)
      if (!KINDS.contains(kind)) throw new IllegalArgumentException("no such kind: " + kind + "; there are " + KINDS);
    int count = args.integer("threads", 1);
    long seed = args.number("seed", 1), perSecond = Math.max(1, args.number("rows_per_second", 100));
    plan.batch = Math.max(1, args.integer("batch", 1));
    plan.pause = 1_000_000_000L * count * plan.batch / perSecond;
    plan.makesUp = 1_000_000_000L * args.number("makes_up_seconds", 1);
    plan.bytes = args.integer("bytes", 100);
    plan.rows = Math.max(1, args.number("rows", Long.MAX_VALUE) / count);
    plan.durability = Durability.valueOf(args.text("durability", "USE_DEFAULT"));
    counts.values().forEach(counter -> counter.set(0));
    errors.set(0);
    stopped = false;
    lastError = null;
    for (int i = 0; i < count; i++) {
      long ownSeed = seed * 1009 + i;
      Thread thread = new Thread(() -> write(plan, ownSeed), "writer-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  private void write(Plan plan, long seed) {
    Random random = new Random(seed);
    long rows = 0, due = System.nanoTime();
    while (!stopped) {
      List<String> kinds = new ArrayList<>();
      List<Row> writes = new ArrayList<>();
      Set<Long> touched = new HashSet<>(); // within a call the order of writes to one row is anybody's guess
      for (int i = 0; i < plan.batch; i++) {
        String kind = rows == 0 ? "put" : plan.kinds.get(random.nextInt(plan.kinds.size()));
        if (kind.equals("put") && rows >= plan.rows) kind = "overwrite";
        long row = kind.equals("put") ? rows++ : (long) (random.nextDouble() * rows);
        if (!touched.add(row)) continue;
        kinds.add(kind);
        writes.add(mutation(plan, kind, BedWriteOps.key(Bytes.toBytes((seed << 40) + row)), random));
      }
      try (Table table = plan.connection.getTable(plan.table)) {
        table.batch(writes, new Object[writes.size()]);
        for (String kind : kinds) counts.get(kind).incrementAndGet();
      } catch (Exception e) {
        errors.incrementAndGet();
        lastError = e.toString().split("\n")[0];
      }
      due = Math.max(due + plan.pause, System.nanoTime() - plan.makesUp);
      while (!stopped && due > System.nanoTime())
        LockSupport.parkNanos(Math.min(due - System.nanoTime(), 100_000_000L));
    }
  }

  private static Mutation mutation(Plan plan, String kind, byte[] key, Random random) {
    Mutation mutation;
    if (kind.equals("delete")) {
      mutation = new Delete(key);
    } else if (kind.equals("increment")) {
      mutation = new Increment(key).addColumn(plan.family, Bytes.toBytes("n"), 1 + random.nextInt(9));
    } else {
      byte[] value = new byte[plan.bytes];
      random.nextBytes(value);
      mutation = new Put(key).addColumn(plan.family, Bytes.toBytes("q0"), value);
    }
    return mutation.setDurability(plan.durability);
  }

  /** What was written so far; the writers go on. */
  private void counts(BedArgs args, JsonObject result) {
    counts.forEach((kind, count) -> result.addProperty(kind, count.get()));
    result.addProperty("errors", errors.get());
    if (lastError != null) result.addProperty("last_error", lastError);
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
    counts(args, result);
    if (hanging.size() > 0) result.add("hanging", hanging);
  }
}
