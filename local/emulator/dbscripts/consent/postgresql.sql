-- In the place of WSO2's script of this name: consents, beside the tables of Identity Server. The emulator has none.

DROP TABLE IF EXISTS CM_PURPOSE;
CREATE TABLE CM_PURPOSE (
  ID SERIAL PRIMARY KEY,
  NAME VARCHAR (255) NOT NULL
);
