import java.util.Map;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.ColumnFamilyDescriptor;
import org.apache.hadoop.hbase.client.ColumnFamilyDescriptorBuilder;
import org.apache.hadoop.hbase.client.Durability;
import org.apache.hadoop.hbase.client.TableDescriptorBuilder;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hbase.thirdparty.com.google.gson.JsonElement;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/** Ops about tables: create, drop, exists, truncate, alter_family; snapshots: take, clone, restore. */
final class BedTableOps {
  private final BedHelper helper;

  BedTableOps(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) {
    ops.put("create", this::create);
    ops.put("drop", this::drop);
    ops.put("exists", this::exists);
    ops.put("truncate", this::truncate);
    ops.put("alter_family", this::alterFamily);
    ops.put("snapshot", this::snapshot);
    ops.put("clone_snapshot", this::cloneSnapshot);
    ops.put("restore_snapshot", this::restoreSnapshot);
  }

  /** Without families: one, "f". regions: so many, even for keys that are md5 in hex; or splits as given. */
  private void create(BedArgs args, JsonObject result) throws Exception {
    TableDescriptorBuilder table = TableDescriptorBuilder.newBuilder(args.table());
    table.setCompactionEnabled(args.flag("compaction", true));
    if (args.has("durability")) table.setDurability(Durability.valueOf(args.text("durability")));
    for (BedArgs family : args.objects("families")) table.setColumnFamily(family(family));
    if (!args.has("families"))
      table.setColumnFamily(builder("f").setScope(1).build());
    byte[][] splits = args.has("regions") ? hexSplits(args.integer("regions"))
      : args.byteStrings("splits").toArray(new byte[0][]);
    try (Admin admin = helper.admin()) {
      if (splits.length > 0) admin.createTable(table.build(), splits); else admin.createTable(table.build());
    }
  }

  private static ColumnFamilyDescriptorBuilder builder(String family) {
    return ColumnFamilyDescriptorBuilder.newBuilder(Bytes.toBytes(family));
  }

  private static ColumnFamilyDescriptor family(BedArgs args) {
    ColumnFamilyDescriptorBuilder family = builder(args.text("name"));
    family.setScope(args.integer("scope", 1));
    if (args.has("versions")) family.setMaxVersions(args.integer("versions"));
    if (args.has("ttl")) family.setTimeToLive(args.integer("ttl"));
    attributes(family, args.object("attributes"));
    return family.build();
  }

  /** As the shell's names and values: "MIN_VERSIONS": "1", "KEEP_DELETED_CELLS": "TRUE". */
  private static void attributes(ColumnFamilyDescriptorBuilder family, JsonObject attributes) {
    for (Map.Entry<String, JsonElement> e : attributes.entrySet())
      family.setValue(Bytes.toBytes(e.getKey()), Bytes.toBytes(e.getValue().getAsString()));
  }

  private static byte[][] hexSplits(int regions) {
    byte[][] splits = new byte[regions - 1][];
    for (int i = 1; i < regions; i++)
      splits[i - 1] = Bytes.toBytes(String.format("%04x", i * 65536L / regions));
    return splits;
  }

  private void drop(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      TableName table = args.table();
      if (!admin.isTableDisabled(table)) admin.disableTable(table);
      admin.deleteTable(table);
    }
  }

  private void exists(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      result.addProperty("exists", admin.tableExists(args.table()));
    }
  }

  private void truncate(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      TableName table = args.table();
      if (!admin.isTableDisabled(table)) admin.disableTable(table);
      admin.truncateTable(table, true);
    }
  }

  private void alterFamily(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      byte[] name = Bytes.toBytes(args.text("family"));
      ColumnFamilyDescriptor old = admin.getDescriptor(args.table()).getColumnFamily(name);
      if (old == null) throw new IllegalArgumentException("no family " + args.text("family"));
      ColumnFamilyDescriptorBuilder changed = ColumnFamilyDescriptorBuilder.newBuilder(old);
      attributes(changed, args.object("attributes"));
      admin.modifyColumnFamily(args.table(), changed.build());
    }
  }

  private void cloneSnapshot(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      admin.cloneSnapshot(args.text("name"), args.table());
    }
  }

  /** Into the table that it was taken of, which is disabled meanwhile. */
  private void restoreSnapshot(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      admin.disableTable(args.table());
      admin.restoreSnapshot(args.text("name"));
      admin.enableTable(args.table());
    }
  }

  private void snapshot(BedArgs args, JsonObject result) throws Exception {
    try (Admin admin = helper.admin()) {
      admin.snapshot(args.text("name"), args.table());
    }
  }
}
