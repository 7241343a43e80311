-- In the place of WSO2's script of this name: user-managed access, beside the tables of Identity Server. The emulator has none.

DROP TABLE IF EXISTS IDN_UMA_RESOURCE;
CREATE TABLE IDN_UMA_RESOURCE (
  ID SERIAL PRIMARY KEY,
  RESOURCE_ID VARCHAR (255)
);
