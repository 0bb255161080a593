INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (1, '2026-11-22 07:55:28.328424', 'ana@host', 'disable', 'stock', '9779d7e52b545b74f3b2f568214a204c03a3dfa6e1b783bc621dc2c958fa3a03', 'moving', NULL);

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (2, '2026-11-22 07:55:29.006761', 'ana@host', 'run', '#1', '4280cd2c5290161c5498620de3b46949a050230c5e78aa85e96fe694bb0b5b33', NULL, '{"link":"orders","kind":"sync","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (3, '2026-11-22 07:55:29.644347', 'ana@host', 'run', '#2', '6a0c3d4e9a740358572a4547e5f821c236a5f9dfc56bc4b9bd1419aa12646601', NULL, '{"link":"stock","kind":"sync","definition":"aaf365b26d0cc3505599bbacbef33c630df093c0c8af032fb3d5059a89b21c4f"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (4, '2026-11-22 07:55:29.922468', 'ben@host', 'discard', 's2', 'c721de13d362aa3a3c0e5c3c94874eafe3f44875aac59e39ca15e46ce488d0ed', 'a test order', '{"link":"orders","event":1,"events":[1],"records":1,"batches":0,"system":false,"selection":{},"snapshots":["s2"],"completed":[]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (5, '2026-11-22 07:55:30.092132', 'ana@host', 'plan', '#1', '82a8947f8e79c12df5d0bf6e4a8909b859a6399481c4f9da0bb2783d26439e5d', NULL, '{"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (6, '2026-11-22 07:55:30.159269', 'ana@host', 'retry', '#3', '21eb688096d728268e54e9e812269d0774a3da2b074bb506b50f3c66216cf513', 'the shop mended it', '{"of":"#1","plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f","closed":0,"dropped":0}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (7, '2026-11-22 07:55:30.283053', 'ana@host', 'note', 'cause 6773ff8883e9d0a0', '41a6246c442edbcb9957ab475ab9bd1b1c991bb39f5c7d3bb0f473eb6d9e997d', 'the shop''s form lets it through', '{}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (8, '2026-11-22 07:55:30.359555', 'ana@host', 'token create', 'intake', 'a1b811c48562d229616a64f9c608d6349d6727bab08adbd508c523a974dbc4ed', NULL, '{"name":"shop"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (9, '2026-11-22 07:55:30.398060', 'ana@host', 'approve gate', 'orders', '56bf3e755527f187108e36dd3bf5cfebb1d94a4026d6e84bd75ba94ce552c129', 'two are known', '{"until":"2026-11-23T12:00:00+00:00","open":{"batches":0,"records":1},"events":[1]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (10, '2026-11-22 07:55:30.459581', 'ana@host', 'run', '#4', 'ebba1c352961f902a4e342c332a19bae2d79805a4f24f926818b9d91182f7489', NULL, '{"link":"returns","kind":"sync","definition":"cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca","options":{"full":true}}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (11, '2026-11-22 07:55:30.498222', 'ben@host', 'enable', 'returns', '25651233046e329b38d8c85c653970e7d965f700c5528a342148e05cf8763b51', 'it may', '{"name":"enabled","value":true,"before":null}');

UPDATE counter SET value = 0 WHERE name = 'change';

UPDATE counter SET value = 0 WHERE name = 'delivery';

UPDATE counter SET value = 0 WHERE name = 'engine';

UPDATE counter SET value = 0 WHERE name = 'notice';

UPDATE counter SET value = 1 WHERE name = 'push_token';

UPDATE counter SET value = 1 WHERE name = 'retry_plan';

UPDATE counter SET value = 3 WHERE name = 'snapshot';

UPDATE counter SET value = 4 WHERE name = 'sync_event';

INSERT INTO definition ("hash", "text", "modules")
VALUES ('71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '{"link": "orders", "key": "id", "batch_size": 5, "source": {"adapter": "file", "path": "orders.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "orders", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('aaf365b26d0cc3505599bbacbef33c630df093c0c8af032fb3d5059a89b21c4f', '{"link": "stock", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "http", "url": "http://127.0.0.1:43905/stock", "records": "data", "paginate": {"style": "page", "size": 10, "total": "meta.total"}}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "stock", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '{"link": "returns", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "file", "path": "returns.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "returns", "create": true}}', '{}');

INSERT INTO link_override ("link", "name", "value", "actor", "reason", "at")
VALUES ('returns', 'enabled', 'true', 'ben@host', 'it may', '2026-11-22 07:55:30.498222');

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records")
VALUES (1, 'orders', 'sync', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334125.68', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:55:28.979313', '2026-11-22 07:55:29.268868', '2026-11-22 07:55:29.046028', '2026-11-22 07:55:29.268462', FALSE, FALSE, TRUE, 1, 4312, 1, 4, NULL, NULL, NULL, 3, 3, 0, 0, 0, 0, 12, 0, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, FALSE, NULL, '{}', 0, 2);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records")
VALUES (2, 'stock', 'sync', 'failed', 'aaf365b26d0cc3505599bbacbef33c630df093c0c8af032fb3d5059a89b21c4f', '@HOME@/links/stock.yaml', '@HOME@/links', '353fd08f39a1687389f22b8f4b0497c9fb5bdbd0ef3c45ac48a3882a1f452a40', '127.0.0.1', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334125.68', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '2 threads: a network is what it waits for', NULL, NULL, NULL, NULL, '2026-11-22 07:55:29.634272', '2026-11-22 07:55:29.873240', '2026-11-22 07:55:29.682354', '2026-11-22 07:55:29.872923', FALSE, FALSE, TRUE, 2, 4312, 1, 4, NULL, NULL, NULL, 3, 2, 1, 0, 0, 0, 20, 0, 20, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, FALSE, NULL, '{}', 1, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records")
VALUES (3, 'orders', 'retry', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"of":1,"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}', 'elsewhere.example', '1795334125.68', 'ana@host', 'failed', 'done', 'partial', NULL, 'the shop mended it', NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:55:30.143008', '2026-11-22 07:55:30.269590', '2026-11-22 07:55:30.195289', '2026-11-22 07:55:30.269386', FALSE, FALSE, TRUE, 1, 4312, 1, 2, 1, NULL, NULL, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, FALSE, 1, '{}', 0, 1);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records")
VALUES (4, 'returns', 'sync', 'running', 'cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '@HOME@/links/returns.yaml', '@HOME@/links', 'df1c94e039657f7d23bcb137c647f5194d7661c175e36aa71f6c4ac35ae4e5d4', 'returns.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"full":true}', 'elsewhere.example', '1.0', 'bob@host', NULL, NULL, NULL, NULL, NULL, NULL, '{"time":"2026-11-22T12:00:00+00:00"}', '2 threads', NULL, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 07:55:30.480631', '2026-11-22 12:00:00.000000', NULL, TRUE, FALSE, TRUE, 4, 4312, 1, 2, NULL, NULL, NULL, 2, 1, 0, 0, 0, 1, 10, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FALSE, NULL, '{}', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 1, '{"what":"orders.ndjson lines 1-5","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":0,"end":242,"line":1,"of":"@HOME@/links/orders.ndjson|2466360|595|1795334128370140396"}', 'completed', '@HOME@/links/orders.ndjson|2466360|595|1795334128370140396', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 1, 1, '2026-11-22 07:55:29.210482', '2026-11-22 07:55:29.224408', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 2, '{"what":"orders.ndjson lines 6-10","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":242,"end":487,"line":6,"of":"@HOME@/links/orders.ndjson|2466360|595|1795334128370140396"}', 'completed', '@HOME@/links/orders.ndjson|2466360|595|1795334128370140396', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 2, 2, '2026-11-22 07:55:29.211977', '2026-11-22 07:55:29.224439', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 3, '{"what":"orders.ndjson lines 11-12","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":487,"end":595,"line":11,"of":"@HOME@/links/orders.ndjson|2466360|595|1795334128370140396"}', 'completed', '@HOME@/links/orders.ndjson|2466360|595|1795334128370140396', NULL, NULL, TRUE, FALSE, 2, 0, 0, 0, 0, 1, 2, NULL, NULL, NULL, '2026-11-22 07:55:29.223175', '2026-11-22 07:55:29.224453', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 1, '{"planned":true,"what":"page 1","page":1,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:55:29.810066', '2026-11-22 07:55:29.849354', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 2, '{"what":"page 2","page":2,"total":30}', 'failed', NULL, NULL, '["batch","schema","durable","not_json","127.0.0.1:43905: expected JSON, got text/html",null,"source","producer","2b2fc07ece0cad33",null,null,[[1,"127.0.0.1:43905: expected JSON, got text/html",0.0]],"2026-11-22T07:55:29.823242Z"]', TRUE, TRUE, 0, 0, 0, 0, 0, 1, NULL, NULL, NULL, NULL, '2026-11-22 07:55:29.816381', '2026-11-22 07:55:29.849381', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 3, '{"what":"page 3","page":3,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:55:29.821813', '2026-11-22 07:55:29.849399', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (3, 1, '{"plan":1,"first":0,"last":0,"what":"records 1-1 of the plan 2aabe0c0"}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 0, 0, 1, 0, 0, 1, 1, NULL, 3, 3, '2026-11-22 07:55:30.234491', '2026-11-22 07:55:30.235612', 1, 0);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (4, 0, '{"what":"page 0"}', 'completed', NULL, NULL, NULL, FALSE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 12:00:00.000000', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (4, 1, '{"what":"page 1"}', 'waiting', NULL, NULL, NULL, FALSE, FALSE, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (1, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 2, 2);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (2, 'batch', '2b2fc07ece0cad33', 'schema', 'durable', 'not_json', '127.0.0.1:43905: expected JSON, got text/html', 'producer', NULL, 'source', NULL, NULL, 1, 0);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (3, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 1, 1);

INSERT INTO retry_plan ("id", "hash", "link", "definition", "choice", "said", "actor", "event", "used_by", "made_at")
VALUES (1, '2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b', 'orders', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', 'current', '{"counts":{"safe":1},"edited":0,"batches":0,"records":1,"runs_as":1,"include":[],"selection":{"fingerprints":[],"keys":[],"tier":null,"batch":null,"stage":null,"where":null,"only":null,"named":0},"target":"warehouse.db","place":"orders","would_pass":null,"oldest":"2026-11-22T07:55:29.224408+00:00","notes":[],"canary":null}', 'ana@host', 1, 3, '2026-11-22 07:55:30.055241');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (1, 1, 1, 2, '3', 'carried', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:29.210768Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, NULL, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:55:29.224408', 3, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (2, 1, 2, 1, '7', 'discarded', '[7]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:29.212040Z"]]', NULL, '{"email":"to columns"}', 3446476718990889368, NULL, X'7b226964223a20372c2022656d61696c223a202220222c2022616d6f756e74223a2037307d', X'7b226964223a372c22656d61696c223a22222c22616d6f756e74223a37307d', NULL, '2026-11-22 07:55:29.224439', NULL, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (3, 3, 1, 0, '3', 'open', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:30.234542Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, 1, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:55:30.235612', NULL, 'absent');

INSERT INTO plan_item ("plan", "number", "event", "batch", "snapshot", "place", "fingerprint", "class", "version", "label", "dropped")
VALUES (1, 0, 1, NULL, 1, 0, '6773ff8883e9d0a0', 'safe', '', '3', NULL);
