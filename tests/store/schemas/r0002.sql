INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (1, '2026-11-22 07:55:18.822204', 'ana@host', 'disable', 'stock', 'b7403b2cba6940c52f21b04499c33f836a9e6a5faabcfb5791df94e491fa7652', 'moving', NULL);

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (2, '2026-11-22 07:55:19.408461', 'ana@host', 'run', '#1', '8ec1cb618a56e5aeafdbb69a40b67aae7fdf3bb0d27f4d3c7b67a25a40eb3f4e', NULL, '{"link":"orders","kind":"sync","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (3, '2026-11-22 07:55:20.033156', 'ana@host', 'run', '#2', 'ab20fc4aef5139972d56cb7fd6aff5cb224fdf4c57209fd04855789242ca80fb', NULL, '{"link":"stock","kind":"sync","definition":"202704f025742a21b1f91a455799f806811b20ef65c529c0c5a0057aa0e189c0"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (4, '2026-11-22 07:55:20.298431', 'ben@host', 'discard', 's2', '91fb43db8dd8476b7da37ca38500b3817c8504f46e6c177b46391379999755ac', 'a test order', '{"link":"orders","event":1,"events":[1],"records":1,"batches":0,"system":false,"selection":{},"snapshots":["s2"],"completed":[]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (5, '2026-11-22 07:55:20.450317', 'ana@host', 'plan', '#1', '39a44cb6656d665c1704c171f50956b078ee1b9db749ad77e1ba56f3e579d36f', NULL, '{"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (6, '2026-11-22 07:55:20.540840', 'ana@host', 'retry', '#3', '87fb7dcd0407a9b21a340a2d5bcdd86ebd3a08756d72c671d7383ea3a049f0e9', 'the shop mended it', '{"of":"#1","plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f","closed":0,"dropped":0}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (7, '2026-11-22 07:55:20.741291', 'ana@host', 'note', 'cause 6773ff8883e9d0a0', '9cc94bdb5f855c2acf2e1961a5cfe012161d5764c5d3c5d9f9ebbfff557b69af', 'the shop''s form lets it through', '{}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (8, '2026-11-22 07:55:20.790442', 'ana@host', 'token create', 'intake', '5008cf13ce2eb276600cc7a0d37fa6c6a74e6350c82aa5358e4c3b20b172448f', NULL, '{"name":"shop"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (9, '2026-11-22 07:55:20.816771', 'ana@host', 'approve gate', 'orders', 'e920814a011ab31f1f01ae3dcd622bcfab8cf7aff4666ee5f1a202b44ab4ae3c', 'two are known', '{"until":"2026-11-23T12:00:00+00:00","open":{"batches":0,"records":1},"events":[1]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (10, '2026-11-22 07:55:20.863639', 'ana@host', 'run', '#4', '58dd04140bd412f9908e9c301feaf02c2fa3bbc2076e9be9d8792e8344c5406f', NULL, '{"link":"returns","kind":"sync","definition":"cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca","options":{"full":true}}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (11, '2026-11-22 07:55:20.905190', 'ben@host', 'enable', 'returns', '9ddccec95b14126574cbc0111f0ae561b2c682955237036d84078d030ad2a168', 'it may', '{"name":"enabled","value":true,"before":null}');

UPDATE counter SET value = 0 WHERE name = 'change';

UPDATE counter SET value = 0 WHERE name = 'delivery';

UPDATE counter SET value = 0 WHERE name = 'engine';

UPDATE counter SET value = 0 WHERE name = 'notice';

UPDATE counter SET value = 1 WHERE name = 'push_token';

UPDATE counter SET value = 1 WHERE name = 'retry_plan';

UPDATE counter SET value = 3 WHERE name = 'snapshot';

UPDATE counter SET value = 4 WHERE name = 'sync_event';

INSERT INTO definition ("hash", "text", "modules")
VALUES ('202704f025742a21b1f91a455799f806811b20ef65c529c0c5a0057aa0e189c0', '{"link": "stock", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "http", "url": "http://127.0.0.1:33381/stock", "records": "data", "paginate": {"style": "page", "size": 10, "total": "meta.total"}}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "stock", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '{"link": "orders", "key": "id", "batch_size": 5, "source": {"adapter": "file", "path": "orders.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "orders", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '{"link": "returns", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "file", "path": "returns.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "returns", "create": true}}', '{}');

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan")
VALUES (1, 'orders', 'sync', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334115.79', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:55:19.370214', '2026-11-22 07:55:19.662630', '2026-11-22 07:55:19.439646', '2026-11-22 07:55:19.662260', FALSE, FALSE, TRUE, 1, 4112, 1, 4, NULL, NULL, NULL, 3, 3, 0, 0, 0, 0, 12, 0, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, FALSE, NULL);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan")
VALUES (2, 'stock', 'sync', 'failed', '202704f025742a21b1f91a455799f806811b20ef65c529c0c5a0057aa0e189c0', '@HOME@/links/stock.yaml', '@HOME@/links', '97b7930edbd5dba9e130f2cf31eb5bea88e209926c03df5f3cf59658608f3d2c', '127.0.0.1', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795334115.79', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '2 threads: a network is what it waits for', NULL, NULL, NULL, NULL, '2026-11-22 07:55:20.023879', '2026-11-22 07:55:20.261107', '2026-11-22 07:55:20.071545', '2026-11-22 07:55:20.260819', FALSE, FALSE, TRUE, 2, 4112, 1, 4, NULL, NULL, NULL, 3, 2, 1, 0, 0, 0, 20, 0, 20, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, FALSE, NULL);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan")
VALUES (3, 'orders', 'retry', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"of":1,"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}', 'elsewhere.example', '1795334115.79', 'ana@host', 'failed', 'done', 'partial', NULL, 'the shop mended it', NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 07:55:20.499142', '2026-11-22 07:55:20.729467', '2026-11-22 07:55:20.634686', '2026-11-22 07:55:20.729281', FALSE, FALSE, TRUE, 1, 4112, 1, 2, 1, NULL, NULL, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, FALSE, 1);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan")
VALUES (4, 'returns', 'sync', 'running', 'cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '@HOME@/links/returns.yaml', '@HOME@/links', 'df1c94e039657f7d23bcb137c647f5194d7661c175e36aa71f6c4ac35ae4e5d4', 'returns.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"full":true}', 'elsewhere.example', '1.0', 'bob@host', NULL, NULL, NULL, NULL, NULL, NULL, '{"time":"2026-11-22T12:00:00+00:00"}', '2 threads', NULL, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 07:55:20.892580', '2026-11-22 12:00:00.000000', NULL, TRUE, FALSE, TRUE, 4, 4112, 1, 2, NULL, NULL, NULL, 2, 1, 0, 0, 0, 1, 10, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FALSE, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 1, '{"what":"orders.ndjson lines 1-5","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":0,"end":242,"line":1,"of":"@HOME@/links/orders.ndjson|2409941|595|1795334118849163933"}', 'completed', '@HOME@/links/orders.ndjson|2409941|595|1795334118849163933', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 1, 1, '2026-11-22 07:55:19.614442', '2026-11-22 07:55:19.621950', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 2, '{"what":"orders.ndjson lines 6-10","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":242,"end":487,"line":6,"of":"@HOME@/links/orders.ndjson|2409941|595|1795334118849163933"}', 'completed', '@HOME@/links/orders.ndjson|2409941|595|1795334118849163933', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 2, 2, '2026-11-22 07:55:19.616049', '2026-11-22 07:55:19.621984', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (1, 3, '{"what":"orders.ndjson lines 11-12","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":487,"end":595,"line":11,"of":"@HOME@/links/orders.ndjson|2409941|595|1795334118849163933"}', 'completed', '@HOME@/links/orders.ndjson|2409941|595|1795334118849163933', NULL, NULL, TRUE, FALSE, 2, 0, 0, 0, 0, 1, 2, NULL, NULL, NULL, '2026-11-22 07:55:19.620461', '2026-11-22 07:55:19.621999', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 1, '{"planned":true,"what":"page 1","page":1,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:55:20.185892', '2026-11-22 07:55:20.241558', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 2, '{"what":"page 2","page":2,"total":30}', 'failed', NULL, NULL, '["batch","schema","durable","not_json","127.0.0.1:33381: expected JSON, got text/html",null,"source","producer","2b2fc07ece0cad33",null,null,[[1,"127.0.0.1:33381: expected JSON, got text/html",0.0]],"2026-11-22T07:55:20.194111Z"]', TRUE, TRUE, 0, 0, 0, 0, 0, 1, NULL, NULL, NULL, NULL, '2026-11-22 07:55:20.192566', '2026-11-22 07:55:20.241587', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (2, 3, '{"what":"page 3","page":3,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 07:55:20.194241', '2026-11-22 07:55:20.241605', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (3, 1, '{"plan":1,"first":0,"last":0,"what":"records 1-1 of the plan 2aabe0c0"}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 0, 0, 1, 0, 0, 1, 1, NULL, 3, 3, '2026-11-22 07:55:20.663974', '2026-11-22 07:55:20.693507', 1, 0);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (4, 0, '{"what":"page 0"}', 'completed', NULL, NULL, NULL, FALSE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 12:00:00.000000', NULL, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch")
VALUES (4, 1, '{"what":"page 1"}', 'waiting', NULL, NULL, NULL, FALSE, FALSE, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (1, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 2, 2);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (2, 'batch', '2b2fc07ece0cad33', 'schema', 'durable', 'not_json', '127.0.0.1:33381: expected JSON, got text/html', 'producer', NULL, 'source', NULL, NULL, 1, 0);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records")
VALUES (3, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 1, 1);

INSERT INTO retry_plan ("id", "hash", "link", "definition", "choice", "said", "actor", "event", "used_by", "made_at")
VALUES (1, '2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b', 'orders', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', 'current', '{"counts":{"safe":1},"edited":0,"batches":0,"records":1,"runs_as":1,"include":[],"selection":{"fingerprints":[],"keys":[],"tier":null,"batch":null,"stage":null,"where":null,"only":null,"named":0},"target":"warehouse.db","place":"orders","would_pass":null,"oldest":"2026-11-22T07:55:19.621950+00:00","notes":[],"canary":null}', 'ana@host', 1, 3, '2026-11-22 07:55:20.403788');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (1, 1, 1, 2, '3', 'carried', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:19.614731Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, NULL, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:55:19.621950', 3, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (2, 1, 2, 1, '7', 'discarded', '[7]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:19.616125Z"]]', NULL, '{"email":"to columns"}', 3446476718990889368, NULL, X'7b226964223a20372c2022656d61696c223a202220222c2022616d6f756e74223a2037307d', X'7b226964223a372c22656d61696c223a22222c22616d6f756e74223a37307d', NULL, '2026-11-22 07:55:19.621984', NULL, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (3, 3, 1, 0, '3', 'open', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T07:55:20.664025Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, 1, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 07:55:20.693507', NULL, 'absent');

INSERT INTO plan_item ("plan", "number", "event", "batch", "snapshot", "place", "fingerprint", "class", "version", "label", "dropped")
VALUES (1, 0, 1, NULL, 1, 0, '6773ff8883e9d0a0', 'safe', '', '3', NULL);

INSERT INTO link_setting (link, enabled) VALUES ('stock', FALSE);
