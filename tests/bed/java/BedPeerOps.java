import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.replication.ReplicationPeerConfig;
import org.apache.hadoop.hbase.replication.ReplicationPeerConfigBuilder;
import org.apache.hadoop.hbase.replication.ReplicationPeerDescription;
import org.apache.hbase.thirdparty.com.google.gson.JsonArray;
import org.apache.hbase.thirdparty.com.google.gson.JsonElement;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/** Ops about replication peers: peer_add, peer_remove, peer_enable, peer_disable, peers. */
final class BedPeerOps {
  private final BedHelper helper;

  BedPeerOps(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("peer_add", this::add);
    ops.put("peer_remove", this::remove);
    ops.put("peer_enable", this::enable);
    ops.put("peer_disable", this::disable);
    ops.put("peers", this::list);
  }

  /** Replicates all user tables unless table_cfs or namespaces are given; a table without families means all of it. */
  private void add(BedArgs args, JsonObject result) throws Exception {
    ReplicationPeerConfigBuilder peer = ReplicationPeerConfig.newBuilder().setClusterKey(args.text("cluster_key"));
    boolean some = args.has("table_cfs") || args.has("namespaces");
    peer.setReplicateAllUserTables(args.flag("replicate_all", !some)).setSerial(args.flag("serial", false));
    if (args.has("table_cfs")) peer.setTableCFsMap(tables(args.object("table_cfs")));
    if (args.has("namespaces")) peer.setNamespaces(new HashSet<>(args.texts("namespaces")));
    if (args.has("exclude_table_cfs")) peer.setExcludeTableCFsMap(tables(args.object("exclude_table_cfs")));
    try (Admin admin = helper.admin()) {
      admin.addReplicationPeer(args.text("id"), peer.build(), args.flag("enabled", true));
    }
  }

  private static Map<TableName, List<String>> tables(JsonObject json) {
    Map<TableName, List<String>> tables = new HashMap<>();
    for (Map.Entry<String, JsonElement> e : json.entrySet()) {
      List<String> families = e.getValue().isJsonNull() ? List.of() : BedArgs.texts(e.getValue().getAsJsonArray());
      tables.put(TableName.valueOf(e.getKey()), families.isEmpty() ? null : families);
    }
    return tables;
  }

  private void remove(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) { admin.removeReplicationPeer(args.text("id")); }
  }

  private void enable(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) { admin.enableReplicationPeer(args.text("id")); }
  }

  private void disable(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) { admin.disableReplicationPeer(args.text("id")); }
  }

  private void list(BedArgs args, JsonObject result) throws Exception {
    JsonArray peers = new JsonArray();
    try (Admin admin = helper.admin()) {
      for (ReplicationPeerDescription d : admin.listReplicationPeers()) {
        ReplicationPeerConfig config = d.getPeerConfig();
        JsonObject peer = new JsonObject();
        peer.addProperty("id", d.getPeerId());
        peer.addProperty("enabled", d.isEnabled());
        peer.addProperty("cluster_key", config.getClusterKey());
        peer.addProperty("replicate_all", config.replicateAllUserTables());
        peer.addProperty("serial", config.isSerial());
        if (config.getTableCFsMap() != null) peer.add("table_cfs", describe(config.getTableCFsMap()));
        if (config.getExcludeTableCFsMap() != null)
          peer.add("exclude_table_cfs", describe(config.getExcludeTableCFsMap()));
        if (config.getNamespaces() != null) peer.add("namespaces", array(config.getNamespaces()));
        peers.add(peer);
      }
    }
    result.add("peers", peers);
  }

  private static JsonObject describe(Map<TableName, List<String>> tables) {
    JsonObject json = new JsonObject();
    for (Map.Entry<TableName, List<String>> e : tables.entrySet())
      json.add(e.getKey().getNameAsString(), array(e.getValue() == null ? List.of() : e.getValue()));
    return json;
  }

  private static JsonArray array(Iterable<String> texts) {
    JsonArray json = new JsonArray();
    for (String s : texts) json.add(s);
    return json;
  }
}
