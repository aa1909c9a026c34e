-- migrate:up

-- Goods that are gift cards: a line of one that names a card sells it. face_value 0: what the line costs by the list.
CREATE TABLE gift_card_goods (
    sku text PRIMARY KEY,
    face_value bigint NOT NULL CHECK (face_value >= 0),
    active boolean NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now()
);

-- Lines that sold a card, or came back before they were heard of. problem: why the card was not activated; a sale is a
-- fact all the same.
CREATE TABLE gift_card_lines (
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    card_id uuid,
    refund_id text,
    problem text NOT NULL DEFAULT '',
    business_time timestamptz NOT NULL,
    record_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line_no)
);

-- migrate:down
