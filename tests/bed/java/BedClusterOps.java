import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.ClusterMetrics;
import org.apache.hadoop.hbase.ServerMetrics;
import org.apache.hadoop.hbase.ServerName;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hadoop.hbase.client.ResultScanner;
import org.apache.hadoop.hbase.client.Scan;
import org.apache.hadoop.hbase.client.Table;
import org.apache.hadoop.hbase.replication.ReplicationLoadSource;
import org.apache.hbase.thirdparty.com.google.gson.JsonArray;
import org.apache.hbase.thirdparty.com.google.gson.JsonElement;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;
import org.apache.hbase.thirdparty.com.google.gson.JsonParser;

/** Ops about the cluster as a whole: ready, status, servers, balancer, roll_wals. */
final class BedClusterOps {
  private final BedHelper helper;

  BedClusterOps(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("ready", this::ready);
    ops.put("status", this::status);
    ops.put("servers", this::servers);
    ops.put("balancer", this::balancer);
    ops.put("roll_wals", this::rollWals);
  }

  /** Asks with short-lived connections, so that nothing remembered from before answers in a server's place. */
  private void ready(BedArgs args, JsonObject result) throws Exception {
    Configuration impatient = new Configuration(helper.conf());
    impatient.setInt("hbase.client.retries.number", 1);
    impatient.setInt("zookeeper.recovery.retry", 1);
    impatient.setInt("hbase.rpc.timeout", 5000);
    impatient.setInt("hbase.client.operation.timeout", 5000);
    impatient.setInt("hbase.client.meta.operation.timeout", 5000);
    long begun = System.currentTimeMillis(), end = begun + args.number("seconds") * 1000;
    String missing = missing(impatient, args);
    while (missing != null) {
      if (System.currentTimeMillis() > end) throw new TimeoutException("it lacks " + missing);
      Thread.sleep(300);
      missing = missing(impatient, args);
    }
    result.addProperty("ms", System.currentTimeMillis() - begun);
  }

  /** What the cluster lacks to be ready; null when nothing. */
  private String missing(Configuration conf, BedArgs args) {
    String asked = "ZooKeeper";
    try (Connection c = ConnectionFactory.createConnection(conf); Admin admin = c.getAdmin();
         Table meta = c.getTable(TableName.META_TABLE_NAME)) {
      asked = "an initialised master";
      admin.listTableDescriptors(); // refused until it is initialised
      ClusterMetrics metrics = admin.getClusterMetrics(EnumSet.of(ClusterMetrics.Option.LIVE_SERVERS,
        ClusterMetrics.Option.REGIONS_IN_TRANSITION));
      asked = "region servers";
      String servers = missingServers(admin, metrics, args);
      if (servers != null) return servers;
      if (!metrics.getRegionStatesInTransition().isEmpty())
        return "an end of the transition of " + metrics.getRegionStatesInTransition().get(0).toDescriptiveString();
      asked = "an end of a dead server's recovery";
      if (isRecovering(admin.getProcedures())) return asked;
      asked = "a readable meta";
      try (ResultScanner rows = meta.getScanner(new Scan())) { rows.next(); }
      return null;
    } catch (Exception e) {
      Throwable cause = e;
      while (cause.getCause() != null) cause = cause.getCause();
      return asked + ": " + cause.toString().split("\n")[0];
    }
  }

  /**
   * A dead server's regions are in transition only after its WALs have been split. Last of all, when they are
   * served again, its replication queue is handed on, after 30-60 s of rest: that is not waited for.
   */
  private static boolean isRecovering(String procedures) {
    Set<String> recovering = new HashSet<>(), handingOn = new HashSet<>();
    for (JsonElement e : new JsonParser().parse(procedures).getAsJsonArray()) {
      JsonObject procedure = e.getAsJsonObject();
      String name = procedure.get("className").getAsString();
      if (name.endsWith(".ServerCrashProcedure") && !procedure.get("state").getAsString().equals("SUCCESS"))
        recovering.add(procedure.get("procId").getAsString());
      if (name.endsWith(".ClaimReplicationQueuesProcedure") && procedure.has("parentId"))
        handingOn.add(procedure.get("parentId").getAsString());
    }
    recovering.removeAll(handingOn);
    return !recovering.isEmpty();
  }

  /** since: when the process behind each port was started; an older entry for it is of a dead one. */
  private static String missingServers(Admin admin, ClusterMetrics metrics, BedArgs args) {
    JsonObject since = args.object("since");
    int wanted = args.integer("servers"), answering = 0;
    StringBuilder others = new StringBuilder();
    for (ServerName s : metrics.getLiveServerMetrics().keySet()) {
      JsonElement begun = since.get(String.valueOf(s.getPort()));
      if (since.size() > 0 && (begun == null || s.getStartcode() < begun.getAsLong())) {
        others.append("; still listed, though not of a running process: ").append(s);
        continue;
      }
      try {
        admin.getRegions(s);
        answering++;
      } catch (Exception e) {
        others.append("; no answer from ").append(s);
      }
    }
    if (answering == wanted && others.length() == 0) return null;
    return "region servers: " + answering + " of " + wanted + " answer" + others;
  }

  private void servers(BedArgs args, JsonObject result) throws Exception {
    JsonArray all = new JsonArray();
    try (Admin admin = helper.admin()) {
      for (ServerName s : admin.getRegionServers()) all.add(s.toString());
    }
    result.add("servers", all);
  }

  private void status(BedArgs args, JsonObject result) throws Exception {
    JsonArray servers = new JsonArray();
    try (Admin admin = helper.admin()) {
      ClusterMetrics metrics = admin.getClusterMetrics();
      result.addProperty("version", metrics.getHBaseVersion());
      result.addProperty("cluster_id", metrics.getClusterId());
      result.addProperty("master", String.valueOf(metrics.getMasterName()));
      for (ServerMetrics s : metrics.getLiveServerMetrics().values()) servers.add(describe(s));
    }
    result.add("servers", servers);
  }

  private static JsonObject describe(ServerMetrics s) {
    JsonObject server = new JsonObject();
    server.addProperty("server", s.getServerName().toString());
    server.addProperty("regions", s.getRegionMetrics().size());
    JsonArray sources = new JsonArray();
    for (List<ReplicationLoadSource> loads : s.getReplicationLoadSourceMap().values()) {
      for (ReplicationLoadSource load : loads) {
        JsonObject source = new JsonObject();
        source.addProperty("peer", load.getPeerID());
        source.addProperty("queue", load.getQueueId());
        source.addProperty("running", load.isRunning());
        source.addProperty("recovered", load.isRecovered());
        source.addProperty("lag_ms", load.getReplicationLag());
        source.addProperty("age_of_last_shipped_ms", load.getAgeOfLastShippedOp());
        source.addProperty("timestamp_of_last_shipped", load.getTimestampOfLastShippedOp());
        source.addProperty("log_queue", load.getSizeOfLogQueue());
        source.addProperty("edits_read", load.getEditsRead());
        source.addProperty("ops_shipped", load.getOPsShipped());
        sources.add(source);
      }
    }
    server.add("sources", sources);
    return server;
  }

  private void balancer(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      result.addProperty("was", admin.balancerSwitch(args.flag("on", true), true));
    }
  }

  private void rollWals(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      for (ServerName s : admin.getRegionServers()) admin.rollWALWriter(s);
    }
  }
}
