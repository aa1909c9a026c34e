-- migrate:up

-- Words that share a rest with one that somebody typed. Of an overlap of many rests the planner expects most of the
-- words, and would read them all, comparing each: a thousand times what the index takes.
CREATE FUNCTION words_near(asked text[]) RETURNS SETOF text LANGUAGE sql STABLE SET enable_seqscan = off AS
    'SELECT word FROM search_words WHERE near && asked LIMIT 200';

-- migrate:down
