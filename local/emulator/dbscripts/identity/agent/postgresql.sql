-- In the place of WSO2's script of this name: agents, which Identity Server keeps from 7.3 on in tables of users and roles of their
-- own. The emulator has none.

DROP TABLE IF EXISTS AGENT_USER;
CREATE TABLE AGENT_USER (
  ID SERIAL PRIMARY KEY,
  NAME VARCHAR (255)
);
