-- In the place of WSO2's script of this name: what Identity Server keeps, for its [database.identity_db]. Like WSO2's it DROPS
-- what is there: it is run once, before the first start.

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
