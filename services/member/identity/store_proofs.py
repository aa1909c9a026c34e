"""What must hold among members, identifiers, aliases and facts, whatever happened."""

from kit.audit import Check

CHECKS = (
    Check(
        "identity.every_identifier_is_held",
        "SELECT count(*) FROM member_identifiers",
        """
        SELECT 'member=' || own.member_id || ' kind=' || own.kind AS subject, own.member_id AS expected,
               coalesce(held.member_id::text, 'nobody') AS found, '' AS repair
          FROM member_identifiers AS own LEFT JOIN identifier_holders AS held USING (lookup)
         WHERE held.member_id IS DISTINCT FROM own.member_id LIMIT 100
        """,
    ),
    Check(
        "identity.every_holder_has_the_identifier",
        "SELECT count(*) FROM identifier_holders",
        """
        SELECT 'member=' || held.member_id || ' kind=' || held.kind AS subject, 'an identifier' AS expected,
               'none' AS found, '' AS repair
          FROM identifier_holders AS held
         WHERE NOT EXISTS (SELECT FROM member_identifiers AS own
                            WHERE own.member_id = held.member_id AND own.kind = held.kind AND own.lookup = held.lookup)
         LIMIT 100
        """,
    ),
    Check(
        "identity.every_member_has_a_key",
        "SELECT count(*) FROM members",
        """
        SELECT 'member=' || member_id AS subject, 'a data key' AS expected, 'none' AS found, '' AS repair
          FROM members WHERE NOT EXISTS (SELECT FROM member_keys AS own WHERE own.member_id = members.member_id)
           AND NOT EXISTS (SELECT FROM member_tombstones AS gone WHERE gone.member_id = members.member_id)
         LIMIT 100
        """,
    ),
    Check(
        "identity.every_alias_means_a_member",
        "SELECT count(*) FROM member_aliases",
        """
        SELECT 'alias=' || alias_id AS subject, 'a member, and one under the alias itself by a merge only' AS expected,
               member_id AS found, '' AS repair
          FROM member_aliases AS also
         WHERE NOT EXISTS (SELECT FROM members AS one WHERE one.member_id = also.member_id)
            OR (EXISTS (SELECT FROM members AS one WHERE one.member_id = also.alias_id)
                AND NOT EXISTS (SELECT FROM merges WHERE absorbed_id = also.alias_id AND undo_time IS NULL))
         LIMIT 100
        """,
    ),
    Check(
        "identity.every_acknowledged_fact_is_stored",
        "SELECT count(*) FROM people_facts",
        """
        SELECT 'terminal=' || head.source AS subject, head.durable_ack AS expected, count(fact.sequence) AS found,
               '' AS repair
          FROM lane_heads AS head LEFT JOIN people_facts AS fact ON fact.terminal_id = head.source
         WHERE head.lane = 'PEOPLE' GROUP BY head.source, head.durable_ack
        HAVING count(fact.sequence) <> head.durable_ack LIMIT 100
        """,
    ),
    Check(
        "identity.reads_are_chained",
        "SELECT count(*) FROM personal_read_links",
        """
        WITH links AS (
            SELECT chain, sequence, read_id, hash,
                   coalesce(lag(hash) OVER each, '') AS before, coalesce(lag(sequence) OVER each, 0) AS follows
              FROM personal_read_links WINDOW each AS (PARTITION BY chain ORDER BY sequence)
        ), broken AS (
            SELECT 'read=' || links.read_id AS subject, 'the hash of its row and of the link before' AS expected,
                   CASE WHEN one.read_id IS NULL THEN 'no row' ELSE 'another' END AS found
              FROM links LEFT JOIN personal_reads AS one USING (read_id)
             WHERE one.read_id IS NULL OR links.sequence <> follows + 1
                OR links.hash <> sha256(before || personal_read_content(one))
             UNION ALL
            SELECT 'chain=' || head.chain, 'its last link at ' || head.sequence,
                   coalesce(last.sequence::text, 'none')
              FROM personal_read_heads AS head
              LEFT JOIN LATERAL (SELECT sequence, hash FROM links WHERE links.chain = head.chain
                                  ORDER BY sequence DESC LIMIT 1) AS last ON true
             WHERE coalesce(last.sequence, 0) <> head.sequence OR coalesce(last.hash, '') <> head.hash
             UNION ALL
            SELECT 'read=' || one.read_id, 'a link', 'none'
              FROM personal_reads AS one LEFT JOIN links USING (read_id) WHERE links.read_id IS NULL
        )
        SELECT subject, expected, found, '' AS repair FROM broken LIMIT 100
        """,
    ),
)
