INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (1, '2026-11-22 07:55:34.138617', 'ana@host', 'disable', 'stock', '932d835b0a89382719b33d70e7c0cf782bc0335980cf52aee78a7009f21e148d', 'moving', NULL);

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (2, '2026-11-22 07:55:34.721323', 'ana@host', 'run', '#1', '3548cfc8f560e5bed515051ab19f989d0d40da12f0b42f3d9ff3704ee1ff3231', NULL, '{"link":"orders","kind":"sync","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (3, '2026-11-22 07:55:35.435460', 'ana@host', 'run', '#2', '8ea919052eace78b4d13483a138faf8e2e5ff51af3d92a0fbd37e832faaab1f9', NULL, '{"link":"stock","kind":"sync","definition":"58a0d38ee49e98161fb38d803823abce06d6790cc9a6518da72e77746f2ab3f8"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (4, '2026-11-22 07:55:35.707962', 'ben@host', 'discard', 's2', 'a423a6a98109de6e77a1423633f4dcc74ed92058f043db64b4ec435316b47846', 'a test order', '{"link":"orders","event":1,"events":[1],"records":1,"batches":0,"system":false,"selection":{},"snapshots":["s2"],"completed":[]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (5, '2026-11-22 07:55:35.846598', 'ana@host', 'plan', '#1', '2ede93c0c069cb651e89d2494d36e9de91b958f3a9f7b5b23d6279b7152edc7b', NULL, '{"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (6, '2026-11-22 07:55:35.919681', 'ana@host', 'retry', '#3', 'fdb0c36243ae4631b5f8f842b31451db7aae93ba836ed7138d710be23bc3eb79', 'the shop mended it', '{"of":"#1","plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f","closed":0,"dropped":0}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (7, '2026-11-22 07:55:36.042278', 'ana@host', 'note', 'cause 6773ff8883e9d0a0', '43b3258a68b1a1f01c4170c0a05bece4ac33634ec4d5815f2ce15c48b6c7b4d4', 'the shop''s form lets it through', '{}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (8, '2026-11-22 07:55:36.097313', 'ana@host', 'token create', 'intake', 'bf83bddfe382ff5eda9cea2ea0fffe79f4e2c5b422656c9d9ff19580165b08ea', NULL, '{"name":"shop"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (9, '2026-11-22 07:55:36.175235', 'ana@host', 'approve gate', 'orders', 'f46fe3acbef3f2556f02f61a914182a16716102debf09cacc4d3b47d199d3ae0', 'two are known', '{"until":"2026-11-23T12:00:00+00:00","open":{"batches":0,"records":1},"events":[1]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (10, '2026-11-22 07:55:36.222028', 'ana@host', 'run', '#4', 'c0e6cff922e7a793e6396212e2fe75c3c59fd7c6373e0cb654a7866b7f35d4da', NULL, '{"link":"returns","kind":"sync","definition":"cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca","options":{"full":true}}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (11, '2026-11-22 07:55:36.311311', 'ben@host', 'enable', 'returns', 'cc42fbaa5c4132e9e422657f4b15dae23c3688c216fa3e78ab660c378d8786ff', 'it may', '{"name":"enabled","value":true,"before":null}');

UPDATE counter SET value = 0 WHERE name = 'change';

UPDATE counter SET value = 0 WHERE name = 'delivery';

UPDATE counter SET value = 0 WHERE name = 'engine';

UPDATE counter SET value = 0 WHERE name = 'notice';

UPDATE counter SET value = 1 WHERE name = 'push_token';

UPDATE counter SET value = 1 WHERE name = 'retry_plan';

UPDATE counter SET value = 3 WHERE name = 'snapshot';

UPDATE counter SET value = 4 WHERE name = 'sync_event';

INSERT INTO definition ("hash", "text", "modules")
VALUES ('58a0d38ee49e98161fb38d803823abce06d6790cc9a6518da72e77746f2ab3f8', '{"link": "stock", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "http", "url": "http://127.0.0.1:46625/stock", "records": "data", "paginate": {"style": "page", "size": 10, "total": "meta.total"}}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "stock", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '{"link": "orders", "key": "id", "batch_size": 5, "source": {"adapter": "file", "path": "orders.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "orders", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '{"link": "returns", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "file", "path": "returns.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "returns", "create": true}}', '{}');

INSERT INTO link_override ("link", "name", "value", "actor", "reason", "at")
VALUES ('returns', 'enabled', 'true', 'ben@host', 'it may', '2026-11-22 07:55:36.311311');

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records", "excepted")
VALUES (1, 'orders', 'sync', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334131.86', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:55:34.696731', '2026-11-22 07:55:34.991088', '2026-11-22 07:55:34.764180', '2026-11-22 07:55:34.990763', FALSE, FALSE, TRUE, 1, 4352, 1, 4, NULL, NULL, NULL, 3, 3, 0, 0, 0, 0, 12, 0, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, FALSE, NULL, '{}', 0, 2, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records", "excepted")
VALUES (2, 'stock', 'sync', 'failed', '58a0d38ee49e98161fb38d803823abce06d6790cc9a6518da72e77746f2ab3f8', '@HOME@/links/stock.yaml', '@HOME@/links', '8981c86c6850756985979417c529e44c2698c6e1422f3ca5202fc2cad83b1a5d', '127.0.0.1', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334131.86', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '2 threads: a network is what it waits for', NULL, NULL, NULL, NULL, '2026-11-22 07:55:35.433151', '2026-11-22 07:55:35.645358', '2026-11-22 07:55:35.462878', '2026-11-22 07:55:35.645122', FALSE, FALSE, TRUE, 2, 4352, 1, 4, NULL, NULL, NULL, 3, 2, 1, 0, 0, 0, 20, 0, 20, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, FALSE, NULL, '{}', 1, 0, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records", "excepted")
VALUES (3, 'orders', 'retry', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"of":1,"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}', 'elsewhere.example', '1795334131.86', 'ana@host', 'failed', 'done', 'partial', NULL, 'the shop mended it', NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:55:35.872832', '2026-11-22 07:55:36.015914', '2026-11-22 07:55:35.954437', '2026-11-22 07:55:36.015741', FALSE, FALSE, TRUE, 1, 4352, 1, 2, 1, NULL, NULL, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, FALSE, 1, '{}', 0, 1, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records", "excepted")
VALUES (4, 'returns', 'sync', 'running', 'cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '@HOME@/links/returns.yaml', '@HOME@/links', 'df1c94e039657f7d23bcb137c647f5194d7661c175e36aa71f6c4ac35ae4e5d4', 'returns.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"full":true}', 'elsewhere.example', '1.0', 'bob@host', NULL, NULL, NULL, NULL, NULL, NULL, '{"time":"2026-11-22T12:00:00+00:00"}', '2 threads', NULL, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 07:55:36.300630', '2026-11-22 12:00:00.000000', NULL, TRUE, FALSE, TRUE, 4, 4352, 1, 2, NULL, NULL, NULL, 2, 1, 0, 0, 0, 1, 10, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FALSE, NULL, '{}', NULL, NULL, 0);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 1, '{"what":"orders.ndjson lines 1-5","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":0,"end":242,"line":1,"of":"@HOME@/links/orders.ndjson|2466892|595|1795334134153742403"}', 'completed', '@HOME@/links/orders.ndjson|2466892|595|1795334134153742403', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 1, 1, '2026-11-22 07:55:34.940090', '2026-11-22 07:55:34.959997', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 2, '{"what":"orders.ndjson lines 6-10","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":242,"end":487,"line":6,"of":"@HOME@/links/orders.ndjson|2466892|595|1795334134153742403"}', 'completed', '@HOME@/links/orders.ndjson|2466892|595|1795334134153742403', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 2, 2, '2026-11-22 07:55:34.950865', '2026-11-22 07:55:34.960031', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 3, '{"what":"orders.ndjson lines 11-12","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":487,"end":595,"line":11,"of":"@HOME@/links/orders.ndjson|2466892|595|1795334134153742403"}', 'completed', '@HOME@/links/orders.ndjson|2466892|595|1795334134153742403', NULL, NULL, TRUE, FALSE, 2, 0, 0, 0, 0, 1, 2, NULL, NULL, NULL, '2026-11-22 07:55:34.951110', '2026-11-22 07:55:34.960046', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 1, '{"planned":true,"what":"page 1","page":1,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:55:35.606195', '2026-11-22 07:55:35.637678', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 2, '{"what":"page 2","page":2,"total":30}', 'failed', NULL, NULL, '["batch","schema","durable","not_json","127.0.0.1:46625: expected JSON, got text/html",null,"source","producer","2b2fc07ece0cad33",null,null,[[1,"127.0.0.1:46625: expected JSON, got text/html",0.0]],"2026-11-22T07:55:35.621788Z"]', TRUE, TRUE, 0, 0, 0, 0, 0, 1, NULL, NULL, NULL, NULL, '2026-11-22 07:55:35.614085', '2026-11-22 07:55:35.637703', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 3, '{"what":"page 3","page":3,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:55:35.621930', '2026-11-22 07:55:35.637723', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (3, 1, '{"plan":1,"first":0,"last":0,"what":"records 1-1 of the plan 2aabe0c0"}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 0, 0, 1, 0, 0, 1, 1, NULL, 3, 3, '2026-11-22 07:55:35.987729', '2026-11-22 07:55:35.991887', 1, 0);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (4, 0, '{"what":"page 0"}', 'completed', NULL, NULL, NULL, FALSE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 12:00:00.000000', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (4, 1, '{"what":"page 1"}', 'waiting', NULL, NULL, NULL, FALSE, FALSE, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (1, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 2, 2);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (2, 'batch', '2b2fc07ece0cad33', 'schema', 'durable', 'not_json', '127.0.0.1:46625: expected JSON, got text/html', 'producer', NULL, 'source', NULL, NULL, 1, 0);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (3, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 1, 1);

INSERT INTO retry_plan ("id", "hash", "link", "definition", "choice", "said", "actor", "event", "used_by", "made_at")
VALUES (1, '2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b', 'orders', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', 'current', '{"counts":{"safe":1},"edited":0,"batches":0,"records":1,"runs_as":1,"include":[],"selection":{"fingerprints":[],"keys":[],"tier":null,"batch":null,"stage":null,"where":null,"only":null,"named":0},"target":"warehouse.db","place":"orders","would_pass":null,"oldest":"2026-11-22T07:55:34.959997+00:00","notes":[],"canary":null}', 'ana@host', 1, 3, '2026-11-22 07:55:35.806872');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (1, 1, 1, 2, '3', 'carried', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:34.949609Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, NULL, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:55:34.959997', 3, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (2, 1, 2, 1, '7', 'discarded', '[7]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:34.950934Z"]]', NULL, '{"email":"to columns"}', 3446476718990889368, NULL, X'7b226964223a20372c2022656d61696c223a202220222c2022616d6f756e74223a2037307d', X'7b226964223a372c22656d61696c223a22222c22616d6f756e74223a37307d', NULL, '2026-11-22 07:55:34.960031', NULL, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (3, 3, 1, 0, '3', 'open', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:35.987779Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, 1, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:55:35.991887', NULL, 'absent');

INSERT INTO plan_item ("plan", "number", "event", "batch", "snapshot", "place", "fingerprint", "class", "version", "label", "dropped")
VALUES (1, 0, 1, NULL, 1, 0, '6773ff8883e9d0a0', 'safe', '', '3', NULL);
