-- The Open Banking accelerator keeps more in these columns than API Manager's script has room for (its guide, "Setting up databases").
ALTER TABLE IF EXISTS SP_METADATA ALTER COLUMN VALUE TYPE VARCHAR (4096);
ALTER TABLE IF EXISTS AM_APPLICATION_REGISTRATION ALTER COLUMN INPUTS TYPE VARCHAR (7500);
