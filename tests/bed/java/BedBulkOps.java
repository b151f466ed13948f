import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hbase.KeyValue;
import org.apache.hadoop.hbase.io.hfile.CacheConfig;
import org.apache.hadoop.hbase.io.hfile.HFile;
import org.apache.hadoop.hbase.io.hfile.HFileContextBuilder;
import org.apache.hadoop.hbase.tool.BulkLoadHFiles;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hadoop.hbase.util.CommonFSUtils;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/**
 * Op bulk_load: rows in one HFile, brought in as BulkLoadHFiles does. Their keys are md5 in hex, as those of load, so
 * they fall into all regions; seed and number give key and value. It replicates where the bed has
 * hbase.replication.bulkload.enabled.
 */
final class BedBulkOps {
  private final BedHelper helper;

  BedBulkOps(BedHelper helper) { this.helper = helper; }

  void register(Map<String, BedHelper.Op> ops) { ops.put("bulk_load", this::bulkLoad); }

  private void bulkLoad(BedArgs args, JsonObject result) throws Exception {
    Configuration conf = helper.conf();
    byte[] family = Bytes.toBytes(args.text("family", "f"));
    long seed = args.number("seed", 1), timestamp = args.number("timestamp", System.currentTimeMillis());
    int rows = args.integer("rows"), bytes = args.integer("bytes", 100);
    FileSystem files = FileSystem.get(conf);
    // Beside HBase's root folder, so that the files need not be copied.
    Path folder = new Path(CommonFSUtils.getRootDir(conf).getParent(), "bulk-" + System.nanoTime());
    TreeMap<byte[], byte[]> sorted = new TreeMap<>(Bytes.BYTES_COMPARATOR);
    Random random = new Random(seed);
    for (int i = 0; i < rows; i++) {
      byte[] value = new byte[bytes];
      random.nextBytes(value);
      sorted.put(BedWriteOps.key(Bytes.toBytes((seed << 24) + i + Long.MIN_VALUE)), value);
    }
    Path file = new Path(new Path(folder, Bytes.toString(family)), "file");
    try (HFile.Writer writer = HFile.getWriterFactory(conf, new CacheConfig(conf)).withPath(files, file)
        .withFileContext(new HFileContextBuilder().withBlockSize(65536).build()).create()) {
      for (Map.Entry<byte[], byte[]> row : sorted.entrySet())
        writer.append(new KeyValue(row.getKey(), family, Bytes.toBytes("q0"), timestamp, row.getValue()));
    }
    try {
      BulkLoadHFiles.create(conf).bulkLoad(args.table(), folder);
    } finally {
      files.delete(folder, true);
    }
    result.addProperty("rows", sorted.size());
  }
}
