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
         LIMIT 100
        """,
    ),
    Check(
        "identity.every_alias_means_a_member",
        "SELECT count(*) FROM member_aliases",
        """
        SELECT 'alias=' || alias_id AS subject, 'a member, and none under the alias itself' AS expected,
               member_id AS found, '' AS repair
          FROM member_aliases AS also
         WHERE NOT EXISTS (SELECT FROM members AS one WHERE one.member_id = also.member_id)
            OR EXISTS (SELECT FROM members AS one WHERE one.member_id = also.alias_id)
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
)
