-- migrate:up

-- SHA-256 of the secret that opens a cart of nobody; empty where none does, for what is made at a till goes on by its
-- code. NULL in members' carts, and in those of nobody that were made before there were secrets: these are opened by
-- their id, as their shoppers were told, until they have been idle for OMO_CART_IDLE_DAYS.
ALTER TABLE carts ADD COLUMN token_hash bytea;

-- migrate:down
