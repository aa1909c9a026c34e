-- migrate:up

-- A product by everything that people may type for it, put into terms by the application.
CREATE TABLE search_documents (
    product_id text COLLATE "C" PRIMARY KEY,
    terms text[] NOT NULL,
    -- the rules that made the terms; a document of older ones is made anew
    made_by int NOT NULL
);
CREATE INDEX search_documents_by_term ON search_documents USING gin (terms);
CREATE INDEX search_documents_by_rules ON search_documents (made_by, product_id);

-- Words as they are written somewhere, each with what is left of it when one or two letters are left out: two words
-- that share such a rest are one or two mistakes apart.
CREATE TABLE search_words (
    word text COLLATE "C" PRIMARY KEY,
    near text[] NOT NULL
);
CREATE INDEX search_words_by_near ON search_words USING gin (near);

-- migrate:down
