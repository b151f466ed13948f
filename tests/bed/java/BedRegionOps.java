import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.hbase.HRegionLocation;
import org.apache.hadoop.hbase.RegionMetrics;
import org.apache.hadoop.hbase.ServerName;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.CompactionState;
import org.apache.hadoop.hbase.client.RegionInfo;
import org.apache.hadoop.hbase.client.RegionLocator;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hbase.thirdparty.com.google.gson.JsonArray;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/**
 * Ops about the regions of a table: regions, split, merge, move, flush, major_compact. Those that take time
 * end when the new state is seen in meta and the regions answer; TimeoutException after "seconds" (60).
 */
final class BedRegionOps {
  private final BedHelper helper;

  BedRegionOps(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("regions", this::regions);
    ops.put("split", this::split);
    ops.put("merge", this::merge);
    ops.put("move", this::move);
    ops.put("flush", this::flush);
    ops.put("major_compact", this::majorCompact);
  }

  private void regions(BedArgs args, JsonObject result) throws Exception {
    JsonArray all = new JsonArray();
    for (HRegionLocation location : locations(args.table())) {
      RegionInfo region = location.getRegion();
      JsonObject one = new JsonObject();
      one.addProperty("name", region.getRegionNameAsString());
      one.addProperty("encoded", region.getEncodedName());
      one.addProperty("start", BedArgs.encode(region.getStartKey()));
      one.addProperty("end", BedArgs.encode(region.getEndKey()));
      one.addProperty("server", String.valueOf(location.getServerName()));
      all.add(one);
    }
    result.add("regions", all);
  }

  private void split(BedArgs args, JsonObject result) throws Exception {
    byte[] row = args.bytes("row");
    TableName table = args.table();
    long seconds = args.number("seconds", 60);
    try (Admin admin = helper.admin()) {
      RegionInfo parent = containing(table, row);
      if (Bytes.equals(parent.getStartKey(), row)) throw new IllegalArgumentException("a region begins there already");
      if (!args.flag("wait", true)) { admin.splitRegionAsync(parent.getRegionName(), row); return; }
      admin.splitRegionAsync(parent.getRegionName(), row).get(seconds, TimeUnit.SECONDS);
      BedWait.until("split of " + parent.getEncodedName(), seconds,
        () -> Bytes.equals(containing(table, row).getStartKey(), row) && allServe(admin, table));
    }
  }

  private void merge(BedArgs args, JsonObject result) throws Exception {
    byte[] first = Bytes.toBytes(args.text("first")), second = Bytes.toBytes(args.text("second"));
    TableName table = args.table();
    long seconds = args.number("seconds", 60);
    try (Admin admin = helper.admin()) {
      admin.mergeRegionsAsync(new byte[][] {first, second}, false).get(seconds, TimeUnit.SECONDS);
      BedWait.until("merge of " + args.text("first"), seconds, () -> {
        for (HRegionLocation l : locations(table)) {
          byte[] name = l.getRegion().getEncodedNameAsBytes();
          if (Bytes.equals(name, first) || Bytes.equals(name, second)) return false;
        }
        return allServe(admin, table);
      });
    }
  }

  /** The regions of the table, or the one that holds the row, to the server whose name begins like this. */
  private void move(BedArgs args, JsonObject result) throws Exception {
    TableName table = args.table();
    int moved = 0;
    try (Admin admin = helper.admin()) {
      ServerName to = server(admin, args.text("server"));
      RegionInfo only = args.has("row") ? containing(table, args.bytes("row")) : null;
      List<String> names = new ArrayList<>();
      for (HRegionLocation l : locations(table)) {
        if (only != null && !only.getEncodedName().equals(l.getRegion().getEncodedName())) continue;
        names.add(l.getRegion().getEncodedName());
        if (to.equals(l.getServerName())) continue;
        admin.move(l.getRegion().getEncodedNameAsBytes(), to);
        moved++;
      }
      BedWait.until("move of " + args.text("table"), args.number("seconds", 60), () -> {
        for (HRegionLocation l : locations(table))
          if (names.contains(l.getRegion().getEncodedName()) && !to.equals(l.getServerName())) return false;
        return allServe(admin, table);
      });
    }
    result.addProperty("moved", moved);
  }

  private void flush(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      admin.flush(args.table());
    }
  }

  private void majorCompact(BedArgs args, JsonObject result) throws Exception {
    TableName table = args.table();
    try (Admin admin = helper.admin()) {
      admin.majorCompact(table); // by the time this returns, the servers count it as under way
      if (args.flag("wait", true))
        BedWait.until("major compaction of " + table, args.number("seconds", 120),
          () -> admin.getCompactionState(table) == CompactionState.NONE && oneFileAStore(admin, table));
    }
  }

  private boolean oneFileAStore(Admin admin, TableName table) throws Exception {
    for (ServerName s : admin.getRegionServers())
      for (RegionMetrics r : admin.getRegionMetrics(s, table))
        if (r.getStoreFileCount() > r.getStoreCount()) return false;
    return true;
  }

  private static ServerName server(Admin admin, String prefix) throws Exception {
    for (ServerName s : admin.getRegionServers()) if (s.toString().startsWith(prefix)) return s;
    throw new IllegalArgumentException("no region server " + prefix + " among " + admin.getRegionServers());
  }

  private RegionInfo containing(TableName table, byte[] row) throws Exception {
    for (HRegionLocation l : locations(table)) if (l.getRegion().containsRow(row)) return l.getRegion();
    throw new IllegalStateException("no region of " + table + " holds that row at the moment");
  }

  /** Each region is listed by the very server that meta says it is on. */
  private boolean allServe(Admin admin, TableName table) throws Exception {
    List<HRegionLocation> locations = locations(table);
    for (HRegionLocation l : locations) {
      if (l.getServerName() == null) return false;
      boolean served = false;
      for (RegionInfo r : admin.getRegions(l.getServerName()))
        served |= r.getEncodedName().equals(l.getRegion().getEncodedName());
      if (!served) return false;
    }
    return !locations.isEmpty();
  }

  /** From meta, nothing remembered; split parents are left out. */
  private List<HRegionLocation> locations(TableName table) throws Exception {
    try (RegionLocator locator = helper.connection().getRegionLocator(table)) {
      locator.clearRegionLocationCache();
      List<HRegionLocation> all = new ArrayList<>();
      for (HRegionLocation l : locator.getAllRegionLocations())
        if (!l.getRegion().isSplitParent() && !l.getRegion().isOffline()) all.add(l);
      return all;
    }
  }
}
