INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (1, '2026-11-22 07:55:22.659903', 'ana@host', 'disable', 'stock', '58218edc2cd319b829ad57008704418ea7339a4f308d33feac056a3e857de10e', 'moving', NULL);

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (2, '2026-11-22 07:55:22.982288', 'ana@host', 'run', '#1', '08df4709b6953d7bc2c8f0bdba6d11af801965152d2b4c86789e55e402a23b9b', NULL, '{"link":"orders","kind":"sync","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (3, '2026-11-22 07:55:23.422957', 'ana@host', 'run', '#2', '1b588ae093f7a27b82d5c5985cf0f8f52f546b22f5d47ab3d3e570289c988a60', NULL, '{"link":"stock","kind":"sync","definition":"6d6abcd1bfb61012c99b5ff70bc6de3b0b7ec9e6e60ca89e4600f2985a0f683d"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (4, '2026-11-22 07:55:23.798543', 'ben@host', 'discard', 's2', '225fa0af770b9c1a5826eec347c471971daafe81b9b6b5ba4367e5a26054b759', 'a test order', '{"link":"orders","event":1,"events":[1],"records":1,"batches":0,"system":false,"selection":{},"snapshots":["s2"],"completed":[]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (5, '2026-11-22 07:55:23.964487', 'ana@host', 'plan', '#1', 'b9f96e32adf0a7d65fc8190e16976fe09cba8d8b1627b38e2ccaa876bad70ce2', NULL, '{"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (6, '2026-11-22 07:55:24.039419', 'ana@host', 'retry', '#3', '32a88a0a63766e20f7cefeba21b2ba38ac36f9d2da8c4ce938dbda03626fa8e4', 'the shop mended it', '{"of":"#1","plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f","closed":0,"dropped":0}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (7, '2026-11-22 07:55:24.180491', 'ana@host', 'note', 'cause 6773ff8883e9d0a0', '3fb736d9574621a28038ef904560b7835513b9cc3582295de48168fa942a77c6', 'the shop''s form lets it through', '{}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (8, '2026-11-22 07:55:24.249358', 'ana@host', 'token create', 'intake', 'bb73a402e76daa02434298ab824de0fc425c70b0ba06f94db31485357df448c0', NULL, '{"name":"shop"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (9, '2026-11-22 07:55:24.289004', 'ana@host', 'approve gate', 'orders', '121067c680bcca8cf41cdd26bece01a182b80bb6a6469f7e067a2741d7ae2e80', 'two are known', '{"until":"2026-11-23T12:00:00+00:00","open":{"batches":0,"records":1},"events":[1]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (10, '2026-11-22 07:55:24.338600', 'ana@host', 'run', '#4', '18e5c522bf7c825525564d04a7e24bfe51f0fe02127829fd915017cefa075b60', NULL, '{"link":"returns","kind":"sync","definition":"cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca","options":{"full":true}}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (11, '2026-11-22 07:55:24.394186', 'ben@host', 'enable', 'returns', '4990ac0dbc3a33dd5347782ba52d936328ca654c224eabe264519777a8b98373', 'it may', '{"name":"enabled","value":true,"before":null}');

UPDATE counter SET value = 0 WHERE name = 'change';

UPDATE counter SET value = 0 WHERE name = 'delivery';

UPDATE counter SET value = 0 WHERE name = 'engine';

UPDATE counter SET value = 0 WHERE name = 'notice';

UPDATE counter SET value = 1 WHERE name = 'push_token';

UPDATE counter SET value = 1 WHERE name = 'retry_plan';

UPDATE counter SET value = 3 WHERE name = 'snapshot';

UPDATE counter SET value = 4 WHERE name = 'sync_event';

INSERT INTO definition ("hash", "text", "modules")
VALUES ('6d6abcd1bfb61012c99b5ff70bc6de3b0b7ec9e6e60ca89e4600f2985a0f683d', '{"link": "stock", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "http", "url": "http://127.0.0.1:34195/stock", "records": "data", "paginate": {"style": "page", "size": 10, "total": "meta.total"}}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "stock", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '{"link": "orders", "key": "id", "batch_size": 5, "source": {"adapter": "file", "path": "orders.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "orders", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '{"link": "returns", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "file", "path": "returns.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "returns", "create": true}}', '{}');

INSERT INTO link_override ("link", "name", "value", "actor", "reason", "at")
VALUES ('returns', 'enabled', 'true', 'ben@host', 'it may', '2026-11-22 07:55:24.394186');

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides")
VALUES (1, 'orders', 'sync', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334121.36', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:55:22.970745', '2026-11-22 07:55:23.148429', '2026-11-22 07:55:23.006928', '2026-11-22 07:55:23.148005', FALSE, FALSE, TRUE, 1, 4187, 1, 4, NULL, NULL, NULL, 3, 3, 0, 0, 0, 0, 12, 0, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, FALSE, NULL, '{}');

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides")
VALUES (2, 'stock', 'sync', 'failed', '6d6abcd1bfb61012c99b5ff70bc6de3b0b7ec9e6e60ca89e4600f2985a0f683d', '@HOME@/links/stock.yaml', '@HOME@/links', '2d5ffa379292c57105f4da4dcc43059a7acb712fbf1acdde2bf8f973bdd3b80c', '127.0.0.1', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334121.36', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '2 threads: a network is what it waits for', NULL, NULL, NULL, NULL, '2026-11-22 07:55:23.420408', '2026-11-22 07:55:23.727854', '2026-11-22 07:55:23.526971', '2026-11-22 07:55:23.727572', FALSE, FALSE, TRUE, 2, 4187, 1, 4, NULL, NULL, NULL, 3, 2, 1, 0, 0, 0, 20, 0, 20, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, FALSE, NULL, '{}');

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides")
VALUES (3, 'orders', 'retry', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"of":1,"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}', 'elsewhere.example', '1795334121.36', 'ana@host', 'failed', 'done', 'partial', NULL, 'the shop mended it', NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:55:24.008265', '2026-11-22 07:55:24.143970', '2026-11-22 07:55:24.074054', '2026-11-22 07:55:24.143789', FALSE, FALSE, TRUE, 1, 4187, 1, 2, 1, NULL, NULL, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, FALSE, 1, '{}');

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides")
VALUES (4, 'returns', 'sync', 'running', 'cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '@HOME@/links/returns.yaml', '@HOME@/links', 'df1c94e039657f7d23bcb137c647f5194d7661c175e36aa71f6c4ac35ae4e5d4', 'returns.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"full":true}', 'elsewhere.example', '1.0', 'bob@host', NULL, NULL, NULL, NULL, NULL, NULL, '{"time":"2026-11-22T12:00:00+00:00"}', '2 threads', NULL, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 07:55:24.380838', '2026-11-22 12:00:00.000000', NULL, TRUE, FALSE, TRUE, 4, 4187, 1, 2, NULL, NULL, NULL, 2, 1, 0, 0, 0, 1, 10, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FALSE, NULL, '{}');

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 1, '{"what":"orders.ndjson lines 1-5","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":0,"end":242,"line":1,"of":"@HOME@/links/orders.ndjson|2410021|595|1795334122673933461"}', 'completed', '@HOME@/links/orders.ndjson|2410021|595|1795334122673933461', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 1, 1, '2026-11-22 07:55:23.110292', '2026-11-22 07:55:23.120578', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 2, '{"what":"orders.ndjson lines 6-10","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":242,"end":487,"line":6,"of":"@HOME@/links/orders.ndjson|2410021|595|1795334122673933461"}', 'completed', '@HOME@/links/orders.ndjson|2410021|595|1795334122673933461', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 2, 2, '2026-11-22 07:55:23.111815', '2026-11-22 07:55:23.120614', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 3, '{"what":"orders.ndjson lines 11-12","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":487,"end":595,"line":11,"of":"@HOME@/links/orders.ndjson|2410021|595|1795334122673933461"}', 'completed', '@HOME@/links/orders.ndjson|2410021|595|1795334122673933461', NULL, NULL, TRUE, FALSE, 2, 0, 0, 0, 0, 1, 2, NULL, NULL, NULL, '2026-11-22 07:55:23.112053', '2026-11-22 07:55:23.120629', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 1, '{"planned":true,"what":"page 1","page":1,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:55:23.700832', '2026-11-22 07:55:23.712467', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 2, '{"what":"page 2","page":2,"total":30}', 'failed', NULL, NULL, '["batch","schema","durable","not_json","127.0.0.1:34195: expected JSON, got text/html",null,"source","producer","2b2fc07ece0cad33",null,null,[[1,"127.0.0.1:34195: expected JSON, got text/html",0.0]],"2026-11-22T07:55:23.708965Z"]', TRUE, TRUE, 0, 0, 0, 0, 0, 1, NULL, NULL, NULL, NULL, '2026-11-22 07:55:23.702431', '2026-11-22 07:55:23.712490', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 3, '{"what":"page 3","page":3,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:55:23.701903', '2026-11-22 07:55:23.712510', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (3, 1, '{"plan":1,"first":0,"last":0,"what":"records 1-1 of the plan 2aabe0c0"}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 0, 0, 1, 0, 0, 1, 1, NULL, 3, 3, '2026-11-22 07:55:24.103341', '2026-11-22 07:55:24.107805', 1, 0);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (4, 0, '{"what":"page 0"}', 'completed', NULL, NULL, NULL, FALSE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 12:00:00.000000', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (4, 1, '{"what":"page 1"}', 'waiting', NULL, NULL, NULL, FALSE, FALSE, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (1, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 2, 2);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (2, 'batch', '2b2fc07ece0cad33', 'schema', 'durable', 'not_json', '127.0.0.1:34195: expected JSON, got text/html', 'producer', NULL, 'source', NULL, NULL, 1, 0);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (3, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 1, 1);

INSERT INTO retry_plan ("id", "hash", "link", "definition", "choice", "said", "actor", "event", "used_by", "made_at")
VALUES (1, '2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b', 'orders', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', 'current', '{"counts":{"safe":1},"edited":0,"batches":0,"records":1,"runs_as":1,"include":[],"selection":{"fingerprints":[],"keys":[],"tier":null,"batch":null,"stage":null,"where":null,"only":null,"named":0},"target":"warehouse.db","place":"orders","would_pass":null,"oldest":"2026-11-22T07:55:23.120578+00:00","notes":[],"canary":null}', 'ana@host', 1, 3, '2026-11-22 07:55:23.923101');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (1, 1, 1, 2, '3', 'carried', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:23.110584Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, NULL, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:55:23.120578', 3, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (2, 1, 2, 1, '7', 'discarded', '[7]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:23.111879Z"]]', NULL, '{"email":"to columns"}', 3446476718990889368, NULL, X'7b226964223a20372c2022656d61696c223a202220222c2022616d6f756e74223a2037307d', X'7b226964223a372c22656d61696c223a22222c22616d6f756e74223a37307d', NULL, '2026-11-22 07:55:23.120614', NULL, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (3, 3, 1, 0, '3', 'open', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:24.103393Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, 1, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:55:24.107805', NULL, 'absent');

INSERT INTO plan_item ("plan", "number", "event", "batch", "snapshot", "place", "fingerprint", "class", "version", "label", "dropped")
VALUES (1, 0, 1, NULL, 1, 0, '6773ff8883e9d0a0', 'safe', '', '3', NULL);
