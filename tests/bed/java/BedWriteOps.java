import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.hbase.client.BufferedMutator;
import org.apache.hadoop.hbase.client.Delete;
import org.apache.hadoop.hbase.client.Durability;
import org.apache.hadoop.hbase.client.Mutation;
import org.apache.hadoop.hbase.client.Put;
import org.apache.hadoop.hbase.client.Table;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hadoop.hbase.util.MD5Hash;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/**
 * Ops that write: put (exactly these cells), delete_row, load and load_rows (many rows), load_wide (one
 * row of many columns).
 */
final class BedWriteOps {
  private static final long LATEST = Long.MAX_VALUE; // the server puts its own time in

  private final BedHelper helper;

  BedWriteOps(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("put", this::put);
    ops.put("delete_row", this::deleteRow);
    ops.put("load", this::load);
    ops.put("load_rows", this::loadRows);
    ops.put("load_wide", this::loadWide);
  }

  /** Cells of one row and kind, with none of the other kind between them, are one mutation. */
  private void put(BedArgs args, JsonObject result) throws Exception {
    List<BedArgs> cells = args.objects("cells");
    try (Table table = helper.connection().getTable(args.table())) {
      for (int from = 0, to; from < cells.size(); from = to) {
        boolean puts = isPut(cells.get(from));
        for (to = from + 1; to < cells.size() && isPut(cells.get(to)) == puts; ) to++;
        List<BedArgs> run = cells.subList(from, to);
        if (puts) table.put(puts(run, args)); else table.delete(deletes(run, args));
      }
    }
    result.addProperty("cells", cells.size());
  }

  private static boolean isPut(BedArgs cell) { return cell.text("type", "put").equals("put"); }

  private static List<Put> puts(List<BedArgs> cells, BedArgs args) {
    Map<byte[], Put> rows = new TreeMap<>(Bytes.BYTES_COMPARATOR);
    for (BedArgs c : cells) {
      Put put = rows.computeIfAbsent(c.bytes("row"), Put::new);
      put.addColumn(Bytes.toBytes(c.text("family")), c.bytes("qualifier", new byte[0]), c.number("timestamp", LATEST),
        c.bytes("value", new byte[0]));
      if (args.has("ttl_ms")) put.setTTL(args.number("ttl_ms"));
    }
    rows.values().forEach(m -> common(m, args));
    return new ArrayList<>(rows.values());
  }

  private static List<Delete> deletes(List<BedArgs> cells, BedArgs args) {
    Map<byte[], Delete> rows = new TreeMap<>(Bytes.BYTES_COMPARATOR);
    for (BedArgs c : cells) {
      Delete delete = rows.computeIfAbsent(c.bytes("row"), Delete::new);
      byte[] family = Bytes.toBytes(c.text("family")), qualifier = c.bytes("qualifier", new byte[0]);
      long timestamp = c.number("timestamp", LATEST);
      switch (c.text("type")) {
        case "delete": delete.addColumn(family, qualifier, timestamp); break;
        case "delete_column": delete.addColumns(family, qualifier, timestamp); break;
        case "delete_family": delete.addFamily(family, timestamp); break;
        case "delete_family_version": delete.addFamilyVersion(family, timestamp); break;
        default: throw new IllegalArgumentException("no such type of cell: " + c.text("type"));
      }
    }
    rows.values().forEach(m -> common(m, args));
    return new ArrayList<>(rows.values());
  }

  /** cluster_ids: the clusters that have had it already, as replication notes them. */
  private static void common(Mutation m, BedArgs args) {
    if (args.has("durability")) m.setDurability(Durability.valueOf(args.text("durability")));
    List<UUID> clusters = new ArrayList<>();
    for (String id : args.texts("cluster_ids")) clusters.add(UUID.fromString(id));
    if (!clusters.isEmpty()) m.setClusterIds(clusters);
  }

  private void deleteRow(BedArgs args, JsonObject result) throws Exception {
    try (Table table = helper.connection().getTable(args.table())) {
      table.delete(new Delete(args.bytes("row")));
    }
  }

  /** md5 in hex, so that numbers that follow one another fall into all regions; of 4 bytes here, of 8 in BedWriter. */
  static byte[] key(byte[] number) { return Bytes.toBytes(MD5Hash.getMD5AsHex(number)); }

  /**
   * Row i holds the same bytes however it comes to be loaded: they follow from seed and i. in_order: keys are the
   * numbers, of eight digits, so that rows that follow one another are neighbours.
   */
  private void load(BedArgs args, JsonObject result) throws Exception {
    byte[] family = Bytes.toBytes(args.text("family", "f")), value = new byte[args.integer("bytes", 100)];
    int from = args.integer("from", 0), rows = args.integer("rows");
    long seed = args.number("seed", 1);
    int columns = args.integer("columns", 1);
    boolean inOrder = args.flag("in_order", false);
    Durability durability = Durability.valueOf(args.text("durability", "USE_DEFAULT"));
    try (BufferedMutator out = helper.connection().getBufferedMutator(args.table())) {
      for (int i = from; i < from + rows; i++) {
        Random random = new Random(seed * 1_000_003 + i);
        byte[] row = inOrder ? Bytes.toBytes(String.format("%08d", i)) : key(Bytes.toBytes(i));
        Put put = new Put(row).setDurability(durability);
        for (int q = 0; q < columns; q++) {
          random.nextBytes(value);
          put.addColumn(family, Bytes.toBytes("q" + q), args.number("timestamp", LATEST), value.clone());
        }
        out.mutate(put);
      }
    }
    result.addProperty("rows", rows);
  }

  /** Keys are the rows' numbers, in order, of eight digits; so many rows are one write, and one WAL entry a region. */
  private void loadRows(BedArgs args, JsonObject result) throws Exception {
    byte[] family = Bytes.toBytes(args.text("family", "f")), value = new byte[args.integer("bytes", 100)];
    int rows = args.integer("rows"), aWrite = args.integer("rows_a_write");
    Random random = new Random(args.number("seed", 1));
    try (Table table = helper.connection().getTable(args.table())) {
      for (int from = 0; from < rows; from += aWrite) {
        List<Put> puts = new ArrayList<>();
        for (int i = from; i < Math.min(rows, from + aWrite); i++) {
          random.nextBytes(value);
          byte[] key = Bytes.toBytes(String.format("%08d", i));
          puts.add(new Put(key).addColumn(family, Bytes.toBytes("q0"), value.clone()));
        }
        table.put(puts);
      }
    }
    result.addProperty("rows", rows);
  }

  private void loadWide(BedArgs args, JsonObject result) throws Exception {
    byte[] family = Bytes.toBytes(args.text("family", "f")), value = new byte[args.integer("bytes", 100)];
    int columns = args.integer("columns");
    Random random = new Random(args.number("seed", 1));
    try (BufferedMutator out = helper.connection().getBufferedMutator(args.table())) {
      for (int q = 0; q < columns; ) {
        Put put = new Put(args.bytes("row"));
        for (int end = Math.min(columns, q + 500); q < end; q++) { // pieces: a mutation's size has a limit
          random.nextBytes(value);
          put.addColumn(family, Bytes.toBytes(String.format("q%08d", q)), value.clone());
        }
        out.mutate(put);
      }
    }
    result.addProperty("columns", columns);
  }
}
