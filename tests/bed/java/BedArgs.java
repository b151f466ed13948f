import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.hadoop.hbase.TableName;
import org.apache.hbase.thirdparty.com.google.gson.JsonArray;
import org.apache.hbase.thirdparty.com.google.gson.JsonElement;
import org.apache.hbase.thirdparty.com.google.gson.JsonObject;

/**
 * The arguments of one op: names are plain text, byte strings are base64. An argument that is missing, and
 * has no default, is an IllegalArgumentException which names it.
 */
final class BedArgs {
  private final JsonObject json;

  BedArgs(JsonObject json) { this.json = json; }

  boolean has(String name) { return json.has(name) && !json.get(name).isJsonNull(); }

  String text(String name) { return required(name).getAsString(); }
  String text(String name, String otherwise) { return has(name) ? text(name) : otherwise; }

  long number(String name) { return required(name).getAsBigDecimal().longValue(); }
  long number(String name, long otherwise) { return has(name) ? number(name) : otherwise; }
  int integer(String name) { return Math.toIntExact(number(name)); }
  int integer(String name, int otherwise) { return has(name) ? integer(name) : otherwise; }

  boolean flag(String name, boolean otherwise) { return has(name) ? json.get(name).getAsBoolean() : otherwise; }

  byte[] bytes(String name) { return decode(text(name)); }
  byte[] bytes(String name, byte[] otherwise) { return has(name) ? bytes(name) : otherwise; }

  TableName table() { return TableName.valueOf(text("table")); }

  JsonObject object(String name) { return has(name) ? json.getAsJsonObject(name) : new JsonObject(); }

  /** A list of objects, each with arguments of its own. */
  List<BedArgs> objects(String name) {
    List<BedArgs> all = new ArrayList<>();
    for (JsonElement e : array(name)) all.add(new BedArgs(e.getAsJsonObject()));
    return all;
  }

  List<String> texts(String name) { return texts(array(name)); }

  List<byte[]> byteStrings(String name) {
    List<byte[]> all = new ArrayList<>();
    for (String s : texts(name)) all.add(decode(s));
    return all;
  }

  static List<String> texts(JsonArray array) {
    List<String> all = new ArrayList<>();
    for (JsonElement e : array) all.add(e.getAsString());
    return all;
  }

  static byte[] decode(String base64) { return Base64.getDecoder().decode(base64); }
  static String encode(byte[] bytes) { return Base64.getEncoder().encodeToString(bytes); }

  private JsonArray array(String name) { return has(name) ? json.getAsJsonArray(name) : new JsonArray(); }

  private JsonElement required(String name) {
    if (!has(name)) throw new IllegalArgumentException("no argument " + name);
    return json.get(name);
  }
}
