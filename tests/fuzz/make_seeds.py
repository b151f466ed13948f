#!/usr/bin/env python3
"""Writes seeds for the fuzzers: make_seeds.py WIRE_TXT OUT, a folder a fuzzer, a file a seed."""
import pathlib
import sys

SITE = ("<?xml version=\"1.0\"?>\n<configuration>\n<property><name>hbase.zookeeper.quorum</name>"
        "<value>zk1,zk2:2182</value><final>true</final></property>\n<property><name>a</name>"
        "<value>${b}</value></property>\n<property name='b' value='${a}'/>\n"
        "<xi:include href='more.xml'><xi:fallback/></xi:include>\n</configuration>\n")
CONFIG = """clusters:
  a: {zookeeper: 'zk1,zk2:2181:/hbase', kerberos: {principal: p, keytab_file: k}, webhdfs: 'http://n:9870'}
  b: {ambari: {url: 'https://h', cluster: c, user: u, password_file: p}}
links:
- name: a-b
  source: a
  target: b
  heartbeat: {interval: 500ms, table: 'ops:beat'}
  verify:
    window: 22:00-06:00
    tables: {include: ["orders.*"], exclude: [tmp_.*]}
  repair: {mode: approve, limits: {rows: 10, bytes: 1MB}}
  failover: {max_loss: 5s, min_coverage: 0.5}
zookeeper: {reads_per_second: 100}
web: {listen_address: "[::1]:9919"}
"""
AMBARI = ["{\"Clusters\":{\"desired_configs\":{\"hbase-site\":{\"tag\":\"v1\",\"version\":2}}}}",
          "{\"items\":[{\"type\":\"hbase-site\",\"tag\":\"v1\",\"properties\":{\"hbase.rootdir\":\"${a}{{b}}\",\"a\":\"/h\"},"
          "\"properties_attributes\":{\"final\":{\"a\":\"true\"}}}]}",
          "{\"items\":[{\"Clusters\":{\"cluster_name\":\"prod\"}}]}"]
NAMES = ["row\\x00\\xFF", "zk1,zk2:2181:/hbase", "zk1:2181,zk2:2182:/h", "host,16020,1795456736949",
         "ns:table", "500ms", "2.5h", "20MB/s", "1-host,16020,1-other-host,16020,2"]
REQUESTS = ["GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n",
            "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nPOST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
            "PUT /api/v1/throttle HTTP/1.1\r\nHost: h\r\nContent-Length: 17\r\n\r\n{\"verify\":\"1B/s\"}"
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"]
RESPONSES = ["HTTP/1.1 307 X\r\nLocation: http://dn:9864/webhdfs/v1/a?op=OPEN&offset=0\r\nContent-Length: 0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 7915740\r\n\r\nPWALP" + "x" * 80,
             "HTTP/1.1 404 X\r\nTransfer-Encoding: chunked\r\n\r\n3c\r\n{\"RemoteException\":{\"exception\":"
             "\"FileNotFoundException\"}}\r\n0\r\n\r\n",
             "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nLocation: /x\r\n\r\n",
             "http://[::1]:9870/webhdfs/v1?op=OPEN", "PWALP" + "x" * 80, "host%2C16020%2C1700.1700000000000"]
BEATS = ["twinwatch-beat 1\nsequence 42\nsent 1795456800123\nmember rs1,16020,1795456736949\nmember \\xFF,1,2\n"
         "peer 10 20 30\nstart 7\nqueue 1\nqueue 1-rs3,16020,5\nrewinds 3\n",
         "1f/6e1d9a4c-id/rs1.example.com,16020,1795456736949/0123456789abcdef"]
DRIFT_ROW = ('"table":"ns:t","row":"a\\\\x00","row_base64":"YQA=","class":"extra","state":"confirmed",'
             '"first_seen":"2026-11-23T16:38:04Z","last_seen":"2026-11-23T16:38:06Z","confirmed_by":"position",'
             '"cause":null,"evidence":"e","waived":"w"')
PAIR = '{"source":"a:2181:/hbase","source_id":"1","target":"b:2181:/hbase","target_id":"2"}'
COUNTS = '{"missing":1,"extra":2,"value":3,"cells":4,"marks":5}'
MARK = '{"at":"2026-11-23T16:38:04Z","run":"r","confirm":"position","families_left_out":["f"],"keys_only":true}'
DRIFT = ['{"schema_version":1,"command":"drift list","rows":[{' + DRIFT_ROW + '}],"next":"t/a","known":{"pair":' + PAIR +
         ',"last_run_ended":null,"tables":[{"table":"t","confirmed":' + COUNTS + ',"suspected":' + COUNTS +
         ',"waived":1,"writes_verified_until":null,"full_pass":' + MARK + ',"sample":{"at":"2026-11-23T16:38:04Z",'
         '"run":"r","rows":9,"confidence":0.95,"max_rate_ppm":300.5}}]}}',
         '{"schema_version":1,"command":"drift show","pair":' + PAIR + ',"row":{' + DRIFT_ROW + ',"resolved":null,'
         '"run":"r","confirmed_at":"2026-11-23T16:38:04Z","waived_by":"ann","waived_at":"2026-11-23T16:38:04Z",'
         '"oldest_cell_ms":1,"newest_cell_ms":2,"compared":{"all_families":true,"values":true,"all_versions":false,'
         '"markers":false,"extra":true}},"events":[{"at":"2026-11-23T16:38:04Z","run":"","state":"suspected",'
         '"note":"n"}]}',
         '{"schema_version":1,"collectors":[{"collector":"verify:a","success":true,"last_success":null,"error":null}]}']
EXCEPTIONS = ["org.apache.hadoop.hbase.NotServingRegionException\n"
              "org.apache.hadoop.hbase.NotServingRegionException: t,,1. is not online\n\tat a.b(C.java:1)\n"]


def seeds(golden):
    for name, data in golden.items():
        if name.endswith("-response"):
            yield "frame", name, data
        if name.startswith("cell-"):
            yield "cell_block", name, data
        if name.startswith("znode-"):
            yield "znodes", name, data
        if name == "meta-regioninfo":
            yield "meta_row", name, data
    yield "frame", "all", b"".join(d for n, d in golden.items() if n.endswith("-response"))
    refused = bytes([0, 0, 0, 1, 0, 0, 0, 3]) + b"a.B" + bytes([0, 0, 0, 4]) + b"no\n\t"
    yield "sasl", "token", bytes([0, 0, 0, 0, 0, 0, 0, 2, 7, 7] + [0] * 8) + refused
    yield "sasl", "simple", bytes([0, 0, 0, 0, 255, 255, 255, 168])
    yield "sasl", "offer", bytes([6, 1, 0, 0])
    yield "sasl", "protections", b" privacy,integrity , authentication"
    yield "scan_state", "none", bytes(range(64))
    yield "config", "everything", CONFIG.encode()
    yield "hadoop_site", "folder", SITE.encode() + b"\0" + SITE.encode()
    for target, texts in {"names": NAMES, "queue_id": NAMES, "http_request": REQUESTS, "http_response": RESPONSES,
                          "remote_exception": EXCEPTIONS, "heartbeat": BEATS, "drift_document": DRIFT,
                          "ambari": AMBARI}.items():
        for i, text in enumerate(texts):
            yield target, str(i), text.encode()


def main():
    lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
    golden = dict(line.split() for line in lines if line and not line.startswith("#"))
    out = pathlib.Path(sys.argv[2])
    for target, name, data in seeds({name: bytes.fromhex(text) for name, text in golden.items()}):
        (out / target).mkdir(parents=True, exist_ok=True)
        (out / target / name).write_bytes(data)


if __name__ == "__main__":
    main()
