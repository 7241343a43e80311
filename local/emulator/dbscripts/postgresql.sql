-- In the place of WSO2's script of this name: users, roles and the registry, for [database.shared_db] of either server.
-- Like WSO2's it DROPS what is there: it is run once, before the first start. The tables named as WSO2's are those by which
-- the schema is recognised; the emulator keeps its rows in its own.

DROP TABLE IF EXISTS REG_CLUSTER_LOCK;
CREATE TABLE REG_CLUSTER_LOCK (
  REG_LOCK_NAME VARCHAR (20),
  REG_LOCK_STATUS VARCHAR (20),
  REG_LOCKED_TIME TIMESTAMP,
  REG_TENANT_ID INTEGER DEFAULT 0,
  PRIMARY KEY (REG_LOCK_NAME)
);

DROP TABLE IF EXISTS UM_TENANT;
CREATE TABLE UM_TENANT (
  UM_ID SERIAL PRIMARY KEY,
  UM_DOMAIN_NAME VARCHAR (255) NOT NULL UNIQUE
);

DROP TABLE IF EXISTS emulated_api_manager_users;
CREATE TABLE emulated_api_manager_users (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  json JSON NOT NULL,
  position BIGINT GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (kind, id)
);

DROP TABLE IF EXISTS emulated_identity_server_users;
CREATE TABLE emulated_identity_server_users (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  json JSON NOT NULL,
  position BIGINT GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (kind, id)
);
