import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;
import org.apache.hbase.thirdparty.com.google.gson.JsonParser;

/**
 * One cluster of the bed, by JSON lines: {"op":NAME, arguments} in, {"ok":true, results} or
 * {"ok":false,"class":EXCEPTION,"error":MESSAGE} out. Ends with its input. The ops stand in the Bed*Ops classes.
 * Keeps one connection, made when first needed; an op that fails leaves it usable. Only answers go to stdout.
 */
public final class BedHelper {
  /** One op: fills in the result, or throws. */
  interface Op { void run(BedArgs args, JsonObject result) throws Exception; }

  private final Configuration conf = HBaseConfiguration.create();
  private final Map<String, Op> ops = new TreeMap<>();
  private Connection connection;

  public static void main(String[] args) throws Exception {
    PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
    System.setOut(System.err);
    BedHelper helper = new BedHelper();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      if (line.trim().isEmpty()) continue;
      answers.println(helper.answer(line));
      answers.flush();
    }
    System.exit(0); // a background writer must not keep it alive
  }

  private BedHelper() {
    conf.setInt("hbase.client.operation.timeout", 120000); // HBase's own is twenty minutes
    conf.setInt("hbase.client.meta.operation.timeout", 120000);
    new BedClusterOps(this).register(ops);
    new BedTableOps(this).register(ops);
    new BedRegionOps(this).register(ops);
    new BedWriteOps(this).register(ops);
    new BedReadOps(this).register(ops);
    new BedPeerOps(this).register(ops);
    new BedWriter(this).register(ops);
    new BedBulkOps(this).register(ops);
    new BedTruth(this).register(ops);
  }

  Configuration conf() { return conf; }

  synchronized Connection connection() throws Exception {
    if (connection == null || connection.isClosed()) connection = ConnectionFactory.createConnection(conf);
    return connection;
  }

  Admin admin() throws Exception { return connection().getAdmin(); }

  private String answer(String line) {
    JsonObject result = new JsonObject();
    try {
      JsonObject request = new JsonParser().parse(line).getAsJsonObject();
      BedArgs args = new BedArgs(request);
      Op op = ops.get(args.text("op"));
      if (op == null)
        throw new IllegalArgumentException("no such op: " + args.text("op") + "; there are " + ops.keySet());
      result.addProperty("ok", true);
      op.run(args, result);
      return result.toString();
    } catch (Throwable t) {
      Throwable e = t instanceof ExecutionException && t.getCause() != null ? t.getCause() : t;
      result = new JsonObject();
      result.addProperty("ok", false);
      result.addProperty("class", e.getClass().getName());
      result.addProperty("error", String.valueOf(e.getMessage()));
      return result.toString();
    }
  }
}
