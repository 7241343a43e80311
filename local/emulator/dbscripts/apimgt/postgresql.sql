-- In the place of WSO2's script of this name: what API Manager keeps, for its [database.apim_db], and the tables of Identity Server,
-- which has them there where the accelerator's key manager reads them. Like WSO2's it DROPS what is there, in one transaction:
-- it is run once, before the first start.

BEGIN TRANSACTION;

DROP TABLE IF EXISTS IDN_BASE_TABLE;
CREATE TABLE IDN_BASE_TABLE (
  PRODUCT_NAME VARCHAR (20),
  PRIMARY KEY (PRODUCT_NAME)
);
INSERT INTO IDN_BASE_TABLE VALUES ('WSO2 Identity Server');

DROP TABLE IF EXISTS emulated_identity_server;
CREATE TABLE emulated_identity_server (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  json JSON NOT NULL,
  position BIGINT GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (kind, id)
);

DROP TABLE IF EXISTS AM_SUBSCRIBER;
CREATE TABLE AM_SUBSCRIBER (
  SUBSCRIBER_ID SERIAL PRIMARY KEY,
  USER_ID VARCHAR (255) NOT NULL
);

DROP TABLE IF EXISTS AM_SYSTEM_CONFIGS;
CREATE TABLE AM_SYSTEM_CONFIGS (
  ORGANIZATION VARCHAR (100) NOT NULL,
  CONFIG_TYPE VARCHAR (100) NOT NULL,
  CONFIGURATION BYTEA NOT NULL,
  PRIMARY KEY (ORGANIZATION, CONFIG_TYPE)
);

DROP TABLE IF EXISTS emulated_api_manager;
CREATE TABLE emulated_api_manager (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  json JSON NOT NULL,
  position BIGINT GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (kind, id)
);

COMMIT;
