INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (1, '2026-11-22 07:54:17.660643', 'ana@host', 'disable', 'stock', 'd983f006dcbc1df8aff8e0fd00db03914487d7ba5f6372b09562df1b613c76ce', 'moving', NULL);

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (2, '2026-11-22 07:54:21.759532', 'ana@host', 'run', '#1', 'd1a58264cb34f1ffa37a7312a86d482dcff17399f2739643461def565470ba05', NULL, '{"link":"orders","kind":"sync","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (3, '2026-11-22 07:54:23.946122', 'ana@host', 'run', '#2', '57243504cabe4a33b76c7843b696aec4b903361eec672f702d3fec8a0595e84f', NULL, '{"link":"stock","kind":"sync","definition":"f94a157f59a17f9c9016d0497f3008c6dd644674695f1090d4093bc021278489"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (4, '2026-11-22 07:54:24.220742', 'ana@host', 'run', '#3', 'b3cdafc14d7835fb161515fa81f3dcb0992f1eda924c72490ca7674cec605d76', NULL, '{"link":"returns","kind":"sync","definition":"cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca","options":{"full":true}}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (5, '2026-11-22 07:54:24.293753', 'ben@host', 'enable', 'returns', '78d0b0c7748b645792ec3ee6ef45307c09a8962093a89fcb541c1eebcfc3fc6b', 'it may', '{"name":"enabled","value":true,"before":null}');

UPDATE counter SET value = 0 WHERE name = 'change';

UPDATE counter SET value = 0 WHERE name = 'delivery';

UPDATE counter SET value = 0 WHERE name = 'engine';

UPDATE counter SET value = 0 WHERE name = 'notice';

UPDATE counter SET value = 0 WHERE name = 'push_token';

UPDATE counter SET value = 0 WHERE name = 'retry_plan';

UPDATE counter SET value = 2 WHERE name = 'snapshot';

UPDATE counter SET value = 3 WHERE name = 'sync_event';

INSERT INTO definition ("hash", "text", "modules")
VALUES ('71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '{"link": "orders", "key": "id", "batch_size": 5, "source": {"adapter": "file", "path": "orders.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "orders", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '{"link": "returns", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "file", "path": "returns.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "returns", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('f94a157f59a17f9c9016d0497f3008c6dd644674695f1090d4093bc021278489', '{"link": "stock", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "http", "url": "http://127.0.0.1:41907/stock", "records": "data", "paginate": {"style": "page", "size": 10, "total": "meta.total"}}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "stock", "create": true}}', '{}');

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system")
VALUES (1, 'orders', 'sync', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334047.4', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:54:21.571084', '2026-11-22 07:54:23.298006', '2026-11-22 07:54:22.100188', '2026-11-22 07:54:23.297550', FALSE, FALSE, TRUE, 1, 3213, 1, 4, NULL, NULL, NULL, 3, 3, 0, 0, 0, 0, 12, 0, 10, 0, 0, 2, 0, 0, 0, 0, 2, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system")
VALUES (2, 'stock', 'sync', 'failed', 'f94a157f59a17f9c9016d0497f3008c6dd644674695f1090d4093bc021278489', '@HOME@/links/stock.yaml', '@HOME@/links', 'efefba5b16c921c6ac0c02d02f4bdb58011b4fd406d46629798c4bf3999d8be2', '127.0.0.1', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334047.4', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '2 threads: a network is what it waits for', NULL, NULL, NULL, NULL, '2026-11-22 07:54:23.937138', '2026-11-22 07:54:24.165245', '2026-11-22 07:54:23.988321', '2026-11-22 07:54:24.164954', FALSE, FALSE, TRUE, 2, 3213, 1, 4, NULL, NULL, NULL, 3, 2, 1, 0, 0, 0, 20, 0, 20, 0, 0, 0, 0, 0, 0, 1, 0, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system")
VALUES (3, 'returns', 'sync', 'running', 'cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '@HOME@/links/returns.yaml', '@HOME@/links', 'df1c94e039657f7d23bcb137c647f5194d7661c175e36aa71f6c4ac35ae4e5d4', 'returns.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"full":true}', 'elsewhere.example', '1.0', 'bob@host', NULL, NULL, NULL, NULL, NULL, NULL, '{"time":"2026-11-22T12:00:00+00:00"}', '2 threads', NULL, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 07:54:24.276915', '2026-11-22 12:00:00.000000', NULL, TRUE, FALSE, TRUE, 3, 3213, 1, 2, NULL, NULL, NULL, 2, 1, 0, 0, 0, 1, 10, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at")
VALUES (1, 1, '{"what":"orders.ndjson lines 1-5","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":0,"end":242,"line":1,"of":"@HOME@/links/orders.ndjson|2424851|595|1795334057860851371"}', 'completed', '@HOME@/links/orders.ndjson|2424851|595|1795334057860851371', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 1, 1, '2026-11-22 07:54:23.194719', '2026-11-22 07:54:23.221408');

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at")
VALUES (1, 2, '{"what":"orders.ndjson lines 6-10","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":242,"end":487,"line":6,"of":"@HOME@/links/orders.ndjson|2424851|595|1795334057860851371"}', 'completed', '@HOME@/links/orders.ndjson|2424851|595|1795334057860851371', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 2, 2, '2026-11-22 07:54:23.203970', '2026-11-22 07:54:23.221445');

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at")
VALUES (1, 3, '{"what":"orders.ndjson lines 11-12","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":487,"end":595,"line":11,"of":"@HOME@/links/orders.ndjson|2424851|595|1795334057860851371"}', 'completed', '@HOME@/links/orders.ndjson|2424851|595|1795334057860851371', NULL, NULL, TRUE, FALSE, 2, 0, 0, 0, 0, 1, 2, NULL, NULL, NULL, '2026-11-22 07:54:23.213086', '2026-11-22 07:54:23.221460');

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at")
VALUES (2, 1, '{"planned":true,"what":"page 1","page":1,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:54:24.135788', '2026-11-22 07:54:24.148517');

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at")
VALUES (2, 2, '{"what":"page 2","page":2,"total":30}', 'failed', NULL, NULL, '["batch","schema","durable","not_json","127.0.0.1:41907: expected JSON, got text/html",null,"source","producer","2b2fc07ece0cad33",null,null,[[1,"127.0.0.1:41907: expected JSON, got text/html",0.0]],"2026-11-22T07:54:24.140355Z"]', TRUE, TRUE, 0, 0, 0, 0, 0, 1, NULL, NULL, NULL, NULL, '2026-11-22 07:54:24.137034', '2026-11-22 07:54:24.148539');

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at")
VALUES (2, 3, '{"what":"page 3","page":3,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:54:24.139803', '2026-11-22 07:54:24.148558');

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at")
VALUES (3, 0, '{"what":"page 0"}', 'completed', NULL, NULL, NULL, FALSE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 12:00:00.000000');

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at")
VALUES (3, 1, '{"what":"page 1"}', 'waiting', NULL, NULL, NULL, FALSE, FALSE, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (1, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 2, 2);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (2, 'batch', '2b2fc07ece0cad33', 'schema', 'durable', 'not_json', '127.0.0.1:41907: expected JSON, got text/html', 'producer', NULL, 'source', NULL, NULL, 1, 0);

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at")
VALUES (1, 1, 1, 2, '3', 'open', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:54:23.195036Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, NULL, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:54:23.221408');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at")
VALUES (2, 1, 2, 1, '7', 'open', '[7]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:54:23.204089Z"]]', NULL, '{"email":"to columns"}', 3446476718990889368, NULL, X'7b226964223a20372c2022656d61696c223a202220222c2022616d6f756e74223a2037307d', X'7b226964223a372c22656d61696c223a22222c22616d6f756e74223a37307d', NULL, '2026-11-22 07:54:23.221445');

INSERT INTO link_setting (link, enabled) VALUES ('stock', FALSE);
