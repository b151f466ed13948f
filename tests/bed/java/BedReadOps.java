import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.hbase.Cell;
import org.apache.hadoop.hbase.CellUtil;
import org.apache.hadoop.hbase.client.Get;
import org.apache.hadoop.hbase.client.Result;
import org.apache.hadoop.hbase.client.ResultScanner;
import org.apache.hadoop.hbase.client.Scan;
import org.apache.hadoop.hbase.client.Table;
import org.apache.hadoop.hbase.filter.FirstKeyOnlyFilter;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hbase.thirdparty.com.google.gson.JsonArray;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;
import org.apache.hbase.thirdparty.com.google.gson.JsonParser;
import org.apache.hbase.thirdparty.com.google.gson.JsonPrimitive;

/** Ops that read: get, count, wait_rows, dump (into a file), digest (a hash of the same lines). */
final class BedReadOps {
  /** Takes a dump line, which ends in a newline. */
  private interface Sink { void take(String line) throws Exception; }

  private final BedHelper helper;

  BedReadOps(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("get", this::get);
    ops.put("count", this::count);
    ops.put("wait_rows", this::waitRows);
    ops.put("dump", this::dump);
    ops.put("digest", this::digest);
  }

  private void get(BedArgs args, JsonObject result) throws Exception {
    JsonArray cells = new JsonArray();
    Scan scan = new Scan(new Get(args.bytes("row"))).setRaw(args.flag("raw", false));
    if (all(args)) scan.readAllVersions(); else scan.readVersions(args.integer("versions", 1));
    try (Table table = helper.connection().getTable(args.table()); ResultScanner scanner = table.getScanner(scan)) {
      for (Result row : scanner) for (Cell c : row.rawCells()) cells.add(new JsonParser().parse(line(c)));
    }
    result.add("cells", cells);
  }

  private void count(BedArgs args, JsonObject result) throws Exception {
    try (Table table = helper.connection().getTable(args.table())) {
      result.addProperty("rows", rows(table));
    }
  }

  private static long rows(Table table) throws Exception {
    long n = 0;
    Scan scan = new Scan().setCaching(10000).setCacheBlocks(false).setFilter(new FirstKeyOnlyFilter());
    try (ResultScanner scanner = table.getScanner(scan)) { while (scanner.next() != null) n++; }
    return n;
  }

  /** At least so many rows are there; TimeoutException after "seconds". */
  private void waitRows(BedArgs args, JsonObject result) throws Exception {
    long begun = System.nanoTime(), end = begun + args.number("seconds", 120) * 1_000_000_000L;
    long wanted = args.number("rows");
    try (Table table = helper.connection().getTable(args.table())) {
      long n;
      while ((n = rows(table)) < wanted) {
        if (System.nanoTime() > end)
          throw new TimeoutException(args.text("table") + ": " + n + " of " + wanted + " rows");
        Thread.sleep(100);
      }
      result.addProperty("rows", n);
    }
    result.addProperty("ms", (System.nanoTime() - begun) / 1_000_000);
  }

  private void dump(BedArgs args, JsonObject result) throws Exception {
    try (Writer file = Files.newBufferedWriter(Paths.get(args.text("file")), StandardCharsets.UTF_8)) {
      scan(args, result, file::write);
    }
  }

  private void digest(BedArgs args, JsonObject result) throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    scan(args, result, line -> sha.update(line.getBytes(StandardCharsets.UTF_8)));
    result.addProperty("sha256", Bytes.toHex(sha.digest()));
  }

  /** Every cell of the table in HBase's order; wide rows come in pieces, so none needs to fit into memory. */
  private void scan(BedArgs args, JsonObject result, Sink sink) throws Exception {
    Scan scan = new Scan().setRaw(args.flag("raw", false)).setCaching(1000).setCacheBlocks(false)
      .setAllowPartialResults(true);
    if (all(args)) scan.readAllVersions(); else scan.readVersions(args.integer("versions", 1));
    long rows = 0, cells = 0;
    byte[] last = null;
    try (Table table = helper.connection().getTable(args.table()); ResultScanner scanner = table.getScanner(scan)) {
      for (Result piece; (piece = scanner.next()) != null; ) {
        if (last == null || !Arrays.equals(last, piece.getRow())) rows++;
        last = piece.getRow();
        for (Cell c : piece.rawCells()) { sink.take(line(c)); cells++; }
      }
    }
    result.addProperty("rows", rows);
    result.addProperty("cells", cells);
  }

  private static boolean all(BedArgs args) { return args.text("versions", "1").equals("all"); }

  private static String line(Cell c) {
    return "{\"row\":\"" + BedArgs.encode(CellUtil.cloneRow(c))
      + "\",\"family\":" + new JsonPrimitive(Bytes.toString(CellUtil.cloneFamily(c)))
      + ",\"qualifier\":\"" + BedArgs.encode(CellUtil.cloneQualifier(c))
      + "\",\"timestamp\":" + c.getTimestamp() + ",\"type\":" + (c.getType().getCode() & 0xff)
      + ",\"value\":\"" + BedArgs.encode(CellUtil.cloneValue(c)) + "\"}\n";
  }
}
