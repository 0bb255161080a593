INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (1, '2026-11-22 11:40:00.068868', 'ana@host', 'disable', 'stock', '876e60150d137d4d5237392e2b63f897593ed6df9cdaaac69d1d247f585ad402', 'moving', NULL);

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (2, '2026-11-22 11:40:00.595720', 'ana@host', 'run', '#1', '63434ce1ac122a287cf2a53e93278364a0da9948ee1081fbeea736a5fbc03a4d', NULL, '{"link":"orders","kind":"sync","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (3, '2026-11-22 11:40:01.113300', 'ana@host', 'run', '#2', 'ad87deb387e9c95cc378102132c6332bb54012c08c9f59c07e0783010a315ad2', NULL, '{"link":"stock","kind":"sync","definition":"37228d748e53afb11c4e1d7b8bbadd796ae001b56a498ef46dba820184e2060a"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (4, '2026-11-22 11:40:01.575880', 'ben@host', 'discard', 's2', '1abdfa9d7d769cfe2dd314f7d02a278afad0596d9e33664ddc976975aa5ed9d6', 'a test order', '{"link":"orders","event":1,"events":[1],"records":1,"batches":0,"system":false,"selection":{},"snapshots":["s2"],"completed":[]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (5, '2026-11-22 11:40:01.731754', 'ana@host', 'plan', '#1', 'cd6ddf8aefabdf3521053ddb94ff7a84705ec9a95623842749b2a4b54c7534df', NULL, '{"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (6, '2026-11-22 11:40:01.804389', 'ana@host', 'retry', '#3', 'e098985f5d8e4d5b31e6c3c5c7adfd8cedda9f958d5530f5c31b1bc21ade42de', 'the shop mended it', '{"of":"#1","plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b","definition":"71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f","closed":0,"dropped":0}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (7, '2026-11-22 11:40:01.910739', 'ana@host', 'note', 'cause 6773ff8883e9d0a0', 'f8823e84f86e834b703e2eb8ce6689e22cbc74d023897fadf70c38674600ad13', 'the shop''s form lets it through', '{}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (8, '2026-11-22 11:40:01.977745', 'ana@host', 'token create', 'intake', '5a8e398610cce1fe2c84b62e5b9a8b978e19a47b66265c5e383e777d28538b9a', NULL, '{"name":"shop"}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (9, '2026-11-22 11:40:02.014898', 'ana@host', 'approve gate', 'orders', '519ab760e37699457acd04650e960d4969dcf7f4477efaa54e65014dfc047a69', 'two are known', '{"until":"2026-11-23T12:00:00+00:00","open":{"batches":0,"records":1},"events":[1]}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (10, '2026-11-22 11:40:02.077912', 'ana@host', 'run', '#4', 'b7e02e1fa67cd201d82208ee074639f9d463c914d8b474a3a7396ad02f28c330', NULL, '{"link":"returns","kind":"sync","definition":"cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca","options":{"full":true}}');

INSERT INTO audit ("seq", "at", "actor", "action", "subject", "hash", "reason", "detail")
VALUES (11, '2026-11-22 11:40:02.139008', 'ben@host', 'enable', 'returns', '9ff16ead9a69fd68a3f759c90f90114dac7c609ff9ea94d0b4820ceb4081cdff', 'it may', '{"name":"enabled","value":true,"before":null}');

INSERT INTO cause ("fingerprint", "link", "tier", "error_class", "durability", "code", "field", "stage", "message", "route", "first_event", "last_event", "last_run", "events", "times", "first_at", "last_at", "recovered", "superseded", "equal", "discarded", "returned", "returned_event")
VALUES ('2b2fc07ece0cad33', 'stock', 'batch', 'schema', 'durable', 'not_json', NULL, 'source', '127.0.0.1:33597: expected JSON, got text/html', 'producer', 2, 2, 2, 1, 1, '2026-11-22 11:40:01.487715', '2026-11-22 11:40:01.487715', 0, 0, 0, 0, 0, NULL);

INSERT INTO cause ("fingerprint", "link", "tier", "error_class", "durability", "code", "field", "stage", "message", "route", "first_event", "last_event", "last_run", "events", "times", "first_at", "last_at", "recovered", "superseded", "equal", "discarded", "returned", "returned_event")
VALUES ('6773ff8883e9d0a0', 'orders', 'record', 'validation', 'durable', 'required', 'email', 'rules', 'email is blank', 'quarantine', 1, 3, 1, 2, 3, '2026-11-22 11:40:00.886131', '2026-11-22 11:40:01.885379', 0, 0, 0, 1, 0, NULL);

INSERT INTO cause_note ("fingerprint", "note", "category", "actor", "at")
VALUES ('6773ff8883e9d0a0', 'the shop''s form lets it through', NULL, 'ana@host', '2026-11-22 11:40:01.910739');

UPDATE counter SET value = 0 WHERE name = 'change';

UPDATE counter SET value = 0 WHERE name = 'delivery';

UPDATE counter SET value = 0 WHERE name = 'engine';

UPDATE counter SET value = 0 WHERE name = 'notice';

UPDATE counter SET value = 1 WHERE name = 'push_token';

UPDATE counter SET value = 1 WHERE name = 'retry_plan';

UPDATE counter SET value = 3 WHERE name = 'snapshot';

UPDATE counter SET value = 4 WHERE name = 'sync_event';

INSERT INTO definition ("hash", "text", "modules")
VALUES ('37228d748e53afb11c4e1d7b8bbadd796ae001b56a498ef46dba820184e2060a', '{"link": "stock", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "http", "url": "http://127.0.0.1:33597/stock", "records": "data", "paginate": {"style": "page", "size": 10, "total": "meta.total"}}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "stock", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '{"link": "orders", "key": "id", "batch_size": 5, "source": {"adapter": "file", "path": "orders.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "orders", "create": true}}', '{}');

INSERT INTO definition ("hash", "text", "modules")
VALUES ('cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '{"link": "returns", "key": "id", "batch_size": 10, "parallel": 2, "retry": {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}, "source": {"adapter": "file", "path": "returns.ndjson"}, "stages": [{"name": "to columns", "map": {"id": {"from": "id", "cast": "int"}, "email": {"from": "email", "do": ["strip", "lower"]}, "amount": {"from": "amount", "cast": "int"}}}, {"name": "rules", "check": [{"field": "email", "rule": "required"}]}], "target": {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "returns", "create": true}}', '{}');

INSERT INTO gate_approval ("link", "until", "actor", "reason", "at", "batches", "records")
VALUES ('orders', '2026-11-23 12:00:00.000000', 'ana@host', 'two are known', '2026-11-22 11:40:02.014898', 0, 1);

INSERT INTO link_override ("link", "name", "value", "actor", "reason", "at")
VALUES ('returns', 'enabled', 'true', 'ben@host', 'it may', '2026-11-22 11:40:02.139008');

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('batches', 'orders', 'retry', 'completed', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('batches', 'orders', 'sync', 'completed', 3);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('batches', 'stock', 'sync', 'completed', 2);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('batches', 'stock', 'sync', 'failed', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('errors', 'orders', 'retry', 'record/validation/normal', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('errors', 'orders', 'sync', 'record/validation/normal', 2);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('errors', 'stock', 'sync', 'batch/schema/normal', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('failed_tries', 'stock', 'sync', '', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('failures_closed', 'orders', '', 'discarded', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('lasted', 'orders', 'retry', '1', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('lasted', 'orders', 'sync', '1', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('lasted', 'stock', 'sync', '1', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('lasted_ms', 'orders', 'retry', '', 62);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('lasted_ms', 'orders', 'sync', '', 249);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('lasted_ms', 'stock', 'sync', '', 357);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('records', 'orders', 'retry', 'failed', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('records', 'orders', 'retry', 'from_snapshots', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('records', 'orders', 'sync', 'failed', 2);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('records', 'orders', 'sync', 'fetched', 12);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('records', 'orders', 'sync', 'written', 10);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('records', 'stock', 'sync', 'fetched', 20);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('records', 'stock', 'sync', 'written', 20);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('sync_events', 'orders', 'retry', 'failed', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('sync_events', 'orders', 'sync', 'failed', 1);

INSERT INTO metric_total ("name", "link", "kind", "detail", "value")
VALUES ('sync_events', 'stock', 'sync', 'failed', 1);

INSERT INTO push_token ("id", "link", "name", "hash", "made_at", "made_by", "revoked_at", "revoked_by")
VALUES (1, 'intake', 'shop', '88c3b08580fe57ee7431bfea876342af5a19d13ca5608736d5953f1a7f936d77', '2026-11-22 11:40:01.977745', 'ana@host', NULL, NULL);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records", "excepted", "elsewhere", "lives", "done_before", "failed_tries", "waited_ms", "purged_at", "batches_purged_at", "purged", "delivered")
VALUES (1, 'orders', 'sync', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795347596.58', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 11:40:00.504042', '2026-11-22 11:40:00.886567', '2026-11-22 11:40:00.636772', '2026-11-22 11:40:00.886131', FALSE, FALSE, TRUE, 1, 7735, 1, 4, NULL, NULL, NULL, 3, 3, 0, 0, 0, 0, 12, 0, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, FALSE, NULL, '{}', 0, 2, 0, 0, 1, 0, 0, 0, NULL, NULL, NULL, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records", "excepted", "elsewhere", "lives", "done_before", "failed_tries", "waited_ms", "purged_at", "batches_purged_at", "purged", "delivered")
VALUES (2, 'stock', 'sync', 'failed', '37228d748e53afb11c4e1d7b8bbadd796ae001b56a498ef46dba820184e2060a', '@HOME@/links/stock.yaml', '@HOME@/links', '2c4ce1f46fc1abee0bf0b33364ce656cfae305a2a7d279ce1e0753a2d385a552', '127.0.0.1', 'warehouse.db', 'normal', '[]', 'ana@host', '{}', 'elsewhere.example', '1795347596.58', 'ana@host', 'failed', 'done', 'partial', NULL, NULL, NULL, NULL, '2 threads: a network is what it waits for', NULL, NULL, NULL, NULL, '2026-11-22 11:40:01.106386', '2026-11-22 11:40:01.488407', '2026-11-22 11:40:01.130675', '2026-11-22 11:40:01.487715', FALSE, FALSE, TRUE, 2, 7735, 1, 4, NULL, NULL, NULL, 3, 2, 1, 0, 0, 0, 20, 0, 20, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, FALSE, NULL, '{}', 1, 0, 0, 0, 1, 0, 1, 0, NULL, NULL, NULL, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records", "excepted", "elsewhere", "lives", "done_before", "failed_tries", "waited_ms", "purged_at", "batches_purged_at", "purged", "delivered")
VALUES (3, 'orders', 'retry', 'failed', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', '@HOME@/links/orders.yaml', '@HOME@/links', 'c2fd1780b686b9d0a8dcd7a1591ed834fcb1374c781763013a95fa82fb8107ef', 'orders.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"of":1,"plan":"2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b"}', 'elsewhere.example', '1795347596.58', 'ana@host', 'failed', 'done', 'partial', NULL, 'the shop mended it', NULL, NULL, '1 process: too little work for a second one', NULL, NULL, NULL, NULL, '2026-11-22 11:40:01.766916', '2026-11-22 11:40:01.885587', '2026-11-22 11:40:01.823541', '2026-11-22 11:40:01.885379', FALSE, FALSE, TRUE, 1, 7735, 1, 2, 1, NULL, NULL, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, FALSE, 1, '{}', 0, 1, 0, 0, 1, 0, 0, 0, NULL, NULL, NULL, 0);

INSERT INTO sync_event ("id", "link", "kind", "status", "definition", "path", "folder", "source_hash", "source", "target", "severity", "downstream", "actor", "options", "host", "process_started", "who", "outcome", "ending", "label", "owner", "reason", "since", "until", "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", "queued_at", "heartbeat_at", "started_at", "finished_at", "moves", "interrupted", "planning_complete", "root", "pid", "fence", "next_batch", "parent", "recovered_by", "superseded_by", "planned", "completed", "failed_batches", "not_attempted", "in_flight", "waiting", "fetched", "from_snapshots", "written", "would_write", "ignored", "failed", "warned", "in_doubt", "warnings", "open_batches", "open_records", "open_system", "moved", "superseded", "equal", "discarded", "drifted", "plan", "overrides", "left_batches", "left_records", "excepted", "elsewhere", "lives", "done_before", "failed_tries", "waited_ms", "purged_at", "batches_purged_at", "purged", "delivered")
VALUES (4, 'returns', 'sync', 'running', 'cffd03708fcb41d29469ec061003474c47da2519380ff5b63771a423cb9e5fca', '@HOME@/links/returns.yaml', '@HOME@/links', 'df1c94e039657f7d23bcb137c647f5194d7661c175e36aa71f6c4ac35ae4e5d4', 'returns.ndjson', 'warehouse.db', 'normal', '[]', 'ana@host', '{"full":true}', 'elsewhere.example', '1.0', 'bob@host', NULL, NULL, NULL, NULL, NULL, NULL, '{"time":"2026-11-22T12:00:00+00:00"}', '2 threads', NULL, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 11:40:02.125010', '2026-11-22 12:00:00.000000', NULL, TRUE, FALSE, TRUE, 4, 7735, 1, 2, NULL, NULL, NULL, 2, 1, 0, 0, 0, 1, 10, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FALSE, NULL, '{}', NULL, NULL, 0, 0, 1, 0, 0, 0, NULL, NULL, NULL, 0);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (1, 1, '{"what":"orders.ndjson lines 1-5","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":0,"end":242,"line":1,"of":"@HOME@/links/orders.ndjson|2672443|595|1795347600105382819"}', 'completed', '@HOME@/links/orders.ndjson|2672443|595|1795347600105382819', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 1, 1, '2026-11-22 11:40:00.801543', '2026-11-22 11:40:00.823505', NULL, NULL, 0, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (1, 2, '{"what":"orders.ndjson lines 6-10","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":242,"end":487,"line":6,"of":"@HOME@/links/orders.ndjson|2672443|595|1795347600105382819"}', 'completed', '@HOME@/links/orders.ndjson|2672443|595|1795347600105382819', NULL, NULL, TRUE, FALSE, 4, 0, 1, 0, 0, 1, 5, NULL, 2, 2, '2026-11-22 11:40:00.803288', '2026-11-22 11:40:00.823543', NULL, NULL, 0, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (1, 3, '{"what":"orders.ndjson lines 11-12","path":"@HOME@/links/orders.ndjson","file":"orders.ndjson","start":487,"end":595,"line":11,"of":"@HOME@/links/orders.ndjson|2672443|595|1795347600105382819"}', 'completed', '@HOME@/links/orders.ndjson|2672443|595|1795347600105382819', NULL, NULL, TRUE, FALSE, 2, 0, 0, 0, 0, 1, 2, NULL, NULL, NULL, '2026-11-22 11:40:00.803552', '2026-11-22 11:40:00.823558', NULL, NULL, 0, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (2, 1, '{"planned":true,"what":"page 1","page":1,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 11:40:01.444156', '2026-11-22 11:40:01.472451', NULL, NULL, 0, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (2, 2, '{"what":"page 2","page":2,"total":30}', 'failed', NULL, NULL, '["batch","schema","durable","not_json","127.0.0.1:33597: expected JSON, got text/html",null,"source","producer","2b2fc07ece0cad33",null,null,[[1,"127.0.0.1:33597: expected JSON, got text/html",0.0]],"2026-11-22T11:40:01.456629Z"]', TRUE, TRUE, 0, 0, 0, 0, 0, 1, NULL, NULL, NULL, NULL, '2026-11-22 11:40:01.449805', '2026-11-22 11:40:01.472475', NULL, NULL, 0, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (2, 3, '{"what":"page 3","page":3,"total":30}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 11:40:01.451622', '2026-11-22 11:40:01.472498', NULL, NULL, 0, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (3, 1, '{"plan":1,"first":0,"last":0,"what":"records 1-1 of the plan 2aabe0c0"}', 'completed', NULL, NULL, NULL, TRUE, FALSE, 0, 0, 1, 0, 0, 1, 1, NULL, 3, 3, '2026-11-22 11:40:01.852419', '2026-11-22 11:40:01.853638', 1, 0, 0, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (4, 0, '{"what":"page 0"}', 'completed', NULL, NULL, NULL, FALSE, FALSE, 10, 0, 0, 0, 0, 1, 10, NULL, NULL, NULL, '2026-11-22 12:00:00.000000', '2026-11-22 12:00:00.000000', NULL, NULL, 0, NULL);

INSERT INTO batch ("event", "number", "scope", "state", "origin", "closed_by", "error", "started", "open", "written", "ignored", "failed", "warned", "in_doubt", "attempts", "fetched", "closed_event", "first_snapshot", "last_snapshot", "started_at", "finished_at", "retries_event", "retries_batch", "deaths", "told")
VALUES (4, 1, '{"what":"page 1"}', 'waiting', NULL, NULL, NULL, FALSE, FALSE, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records", "open_records")
VALUES (1, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 2, 2, 0);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records", "open_records")
VALUES (2, 'batch', '2b2fc07ece0cad33', 'schema', 'durable', 'not_json', '127.0.0.1:33597: expected JSON, got text/html', 'producer', NULL, 'source', NULL, NULL, 1, 0, 0);

INSERT INTO error_group ("event", "tier", "fingerprint", "error_class", "durability", "code", "message", "route", "field", "stage", "severity", "owner", "times", "records", "open_records")
VALUES (3, 'record', '6773ff8883e9d0a0', 'validation', 'durable', 'required', 'email is blank', 'quarantine', 'email', 'rules', NULL, NULL, 1, 1, 1);

INSERT INTO retry_plan ("id", "hash", "link", "definition", "choice", "said", "actor", "event", "used_by", "made_at")
VALUES (1, '2aabe0c03f9deddb4fc367e263eef6a2e7df1a2a211840f74ec60f439336de6b', 'orders', '71e7bb97282a5f8ba958e6063b80beb007ce48035068c43ce55080988b65ec0f', 'current', '{"counts":{"safe":1},"edited":0,"batches":0,"records":1,"runs_as":1,"include":[],"selection":{"fingerprints":[],"keys":[],"tier":null,"batch":null,"stage":null,"where":null,"only":null,"named":0},"target":"warehouse.db","place":"orders","would_pass":null,"oldest":"2026-11-22T11:40:00.823505+00:00","notes":[],"canary":null}', 'ana@host', 1, 3, '2026-11-22 11:40:01.691473');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (1, 1, 1, 2, '3', 'carried', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T11:40:00.801864Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, NULL, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 11:40:00.823505', 3, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (2, 1, 2, 1, '7', 'discarded', '[7]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T11:40:00.803370Z"]]', NULL, '{"email":"to columns"}', 3446476718990889368, NULL, X'7b226964223a20372c2022656d61696c223a202220222c2022616d6f756e74223a2037307d', X'7b226964223a372c22656d61696c223a22222c22616d6f756e74223a37307d', NULL, '2026-11-22 11:40:00.823543', NULL, 'absent');

INSERT INTO snapshot ("id", "event", "batch", "position", "label", "state", "key", "fingerprint", "tier", "errors", "warnings", "blame", "key_hash", "previous", "before", "after", "edited", "at", "closed_event", "held")
VALUES (3, 3, 1, 0, '3', 'open', '[3]', '6773ff8883e9d0a0', 'record', '[["record","validation","durable","required","email is blank","email","rules","quarantine","6773ff8883e9d0a0",null,null,[],"2026-11-22T11:40:01.852483Z"]]', NULL, '{"email":"to columns"}', 212445649056788027, 1, X'7b226964223a20332c2022656d61696c223a202220222c2022616d6f756e74223a2033307d', X'7b226964223a332c22656d61696c223a22222c22616d6f756e74223a33307d', NULL, '2026-11-22 11:40:01.853638', NULL, 'absent');

INSERT INTO plan_item ("plan", "number", "event", "batch", "snapshot", "place", "fingerprint", "class", "version", "label", "dropped")
VALUES (1, 0, 1, NULL, 1, 0, '6773ff8883e9d0a0', 'safe', '', '3', NULL);

INSERT INTO seen_id (link, hash, event) VALUES ('orders', 77, 1);

INSERT INTO engine (id, host, pid, process_started, version, listen, started_at, heartbeat_at) VALUES (1, 'elsewhere.example', 7, '1.0', '0.8', NULL, '2026-11-22 12:00:00.000000', '2026-11-22 12:00:00.000000');

UPDATE counter SET value = 1 WHERE name = 'engine';

INSERT INTO alert (link, rule, asks, state, priority, severity, downstream, figures, sentence, owner, window_s, times, event, fired_at, resolved_at) VALUES ('orders', 'r1', 'failed > 0', 'firing', 'high', 'normal', '["finance"]', '{"failed": 2}', 'orders: failed > 0 (failed 2)', NULL, 3600, 1, 1, '2026-11-22 12:00:00.000000', NULL);

INSERT INTO notice (id, message, link, rule, place, channel, body, made_at, due_at, attempts, delivered_at, given_up_at, problem) VALUES (1, 'm1', 'orders', 'r1', 0, 'log', '{}', '2026-11-22 12:00:00.000000', '2026-11-22 12:00:00.000000', 1, '2026-11-22 12:00:00.000000', NULL, NULL);

UPDATE counter SET value = 1 WHERE name = 'notice';

INSERT INTO delivery (id, link, event, place, records, sender, at, digest, key, answered, body, batch) VALUES (1, 'returns', 4, 0, 1, 'shop', '2026-11-22 12:00:00.000000', 'd', 'k1', TRUE, X'7b7d', 0);

UPDATE counter SET value = 1 WHERE name = 'delivery';

INSERT INTO schedule (link, spec, since, paused) VALUES ('orders', '{}', '2026-11-22 12:00:00.000000', NULL);

INSERT INTO schedule_slot (link, slot, state, event, note) VALUES ('orders', '2026-11-22 12:00:00.000000', 'queued', 1, NULL);

INSERT INTO promised_retry (plan, link, actor, reason, options, at) VALUES (1, 'orders', 'ana@host', 'once the run has ended', '{}', '2026-11-22 12:00:00.000000');
