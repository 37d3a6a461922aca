"""A reader's query is refused unless all of it is known to only read."""

from __future__ import annotations

import pytest

from graph.errors import QueryError
from graph.guard import LONGEST, check_read_only, tokenise

READING = [
    "MATCH (n) RETURN n LIMIT 1",
    "match (g:Gene {symbol: 'BRAF'})<-[:IN_GENE]-(v) where v.name =~ '(?i)v600.*' return v.id as id order by id desc;",
    "MATCH (g:Gene)<-[:IN_GENE|OF_MARKER*1..3]-(v:Variant|Category) RETURN DISTINCT v.id, count(*) AS c SKIP 1 LIMIT 2",
    "MATCH p = shortestPath((a:Gene)-[*..6]-(b:Drug)) RETURN [n IN nodes(p) WHERE n.id IS NOT NULL | n.id] AS ids",
    "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) WITH n, collect(m) AS ms WHERE size(ms) > 0 RETURN n, ms",
    "UNWIND $ids AS id MATCH (n {id: id}) RETURN n UNION ALL UNWIND [1, 2] AS id MATCH (n {id: id}) RETURN n",
    "MATCH (n) WHERE EXISTS { MATCH (n)-->(:Drug) WHERE n.x = 1 } AND NOT (n)--() RETURN COUNT { (n)--() } AS c",
    "MATCH (n) CALL { WITH n MATCH (n)-->(m) RETURN count(m) AS c } RETURN n.id, c",
    "MATCH (n) CALL (n) { MATCH (n)-->(m) RETURN count(m) AS c } RETURN n.id, c",
    "CALL db.labels()",
    "CALL db.labels() YIELD label RETURN label ORDER BY label",
    "CALL `db`.`relationshipTypes`",
    "RETURN 'CREATE (n)' AS x, \"it's; DELETE\" AS y, 'a\\'b' AS z",
    "// DELETE everything\nRETURN 1 /* CREATE (n) */ AS one",
    "MATCH (n:`CREATE`) RETURN n.delete, n.`set`, {create: 1, set: 2}, n {.set, .name, size: 3}",
    "MATCH (n:Set)-[:CREATE]->(m) RETURN n {.*, m} AS both",
    "MATCH (set) RETURN 1".replace("set", "`set`"),
    "MATCH (start)-->(end) RETURN start, end",
    "RETURN CASE WHEN 1 > 0 THEN 'a' ELSE 'b' END AS letter",
    "RETURN CASE 3 WHEN 1 THEN true WHEN 3 THEN false END AS x, null IS NULL AS y, [1, 2, 3][0..2] AS part",
    "RETURN reduce(sum = 0.5, x IN [1, 2] | sum + x) AS s, any(x IN [1] WHERE x IN [2]) AS t, -1.5e3 AS n, 0xF AS h",
    "RETURN all(x IN [1] WHERE x = 1) AND none(x IN [] WHERE x) XOR 'a' STARTS WITH 'a' AND 'b' CONTAINS 'b' AS t",
    "MATCH (n) WHERE n.name STARTS WITH 'A' AND n.name ENDS WITH 'z' OR n:Gene RETURN *",
    "MATCH (n) WITH * ORDER BY n.name RETURN *",
    "MATCH (a)-[:X]->{1,3}(b) RETURN a, b",
    "MATCH (n {id: $x.id}) RETURN n.list[0].name, $`a b`",
    "RETURN date('2020-01-01') AS d, duration.between(date('2020-01-01'), date()) AS u",
    "RETURN 'C:\\\\users' AS path",
    "MATCH (naïve:Gène) RETURN naïve",
]

WRITING = [
    "CREATE (n)",
    "MATCH (n) SET n.x = 1",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n) REMOVE n:Gene",
    "MERGE (n:Gene {id: 1}) RETURN n",
    "MATCH (n) WITH n CREATE (m) RETURN m",
    "MATCH (n) WITH * CREATE (m) RETURN m",
    "MATCH (n) INSERT (m) RETURN m",
    "RETURN 1 CREATE (n)",
    "RETURN 1.CREATE (n)",
    "UNWIND [1] AS x FOREACH (y IN [1] | CREATE (:N)) RETURN x",
    "MATCH (n) FOREACH (x IN [n] | SET x.a = 1)",
    "MATCH (n) CALL { CREATE (m) RETURN m } RETURN m",
    "MATCH (n) CALL (n) { SET n.x = 1 } RETURN n",
    "MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF 10 ROWS",
    "MATCH (n) CALL { WITH n RETURN 1 AS o } IN 3 CONCURRENT TRANSACTIONS RETURN n",
    "RETURN COLLECT { CREATE (n) RETURN n }",
    "RETURN EXISTS { WITH 1 AS x MERGE (n) RETURN n }",
    "cReAtE (n)",
    "CR/**/EATE (n) RETURN n",
    "/* a */ CREATE /* b */ (n)",
    "// c\nCREATE (n)",
    "MATCH (n) RETURN n; CREATE (m)",
    "MATCH (n) RETURN n;;",
    "\\u0043REATE (n)",
    "MATCH (n) \\u0053ET n.x = 1",
    "RETURN '\\u0027 CREATE (n) //'",
    "RETURN 1 // x\\u000aCREATE (n)",
    "RETURN '\\uuu0027 + 1",
    "RETURN 1 // x\rCREATE (n)",
    "RETURN 1 // x\u2028CREATE (n)",
    "RETURN 1 // x\x85CREATE (n)",
    "RETURN 1\x00CREATE (n)",
    "MATCH (n) \u017fET n.x = 1",
    "MATCH (n) \u0131NSERT (m)",
    "MATCH (n) \u0130NSERT (m)",
    "MATCH (n) RETURN n CRE\u200bATE (m)",
    "MATCH (n) RETURN n \uff23REATE (m)",
]

READING_OUTSIDE = [
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "LOAD CSV WITH HEADERS FROM 'http://127.0.0.1/' AS row RETURN row",
    "UNWIND ['file:///etc/passwd'] AS f LOAD CSV FROM f AS row RETURN row",
    "USING PERIODIC COMMIT LOAD CSV FROM 'x' AS r RETURN r",
    "MATCH (n) CALL { LOAD CSV FROM 'x' AS r RETURN r } RETURN r",
    "CALL apoc.load.json('http://127.0.0.1/') YIELD value RETURN value",
    "CALL dbms.listConfig() YIELD name, value RETURN name, value",
    "CALL `dbms`.`listConfig`()",
    "CALL\n/* */ dbms . listConfig ( )",
    "CALL dbms.killConnection('1')",
    "CALL db.index.fulltext.queryNodes('x', 'y') YIELD node RETURN node",
    "CALL db.create.setNodeVectorProperty(n, 'x', [1])",
    "RETURN apoc.load.json('x')",
    "RETURN `apoc`.`cypher`.`runFirstColumnSingle`('CREATE (n)', {})",
    "RETURN {a: apoc.util.sleep(1)}",
    "RETURN (1).system('x')",
    "RETURN n.exec(1)",
    "RETURN file()",
    "CALL",
    "CALL 'x'",
]

COMMANDING = [
    "USE system SHOW DATABASES",
    "USE neo4j MATCH (n) RETURN n",
    "SHOW DATABASES",
    "SHOW SETTINGS YIELD name RETURN name",
    "MATCH (n) RETURN n SHOW USERS",
    "DROP DATABASE neo4j",
    "DROP INDEX x",
    "ALTER USER neo4j SET PASSWORD 'x'",
    "GRANT ROLE admin TO neo4j",
    "DENY READ {*} ON GRAPH * TO x",
    "REVOKE ROLE admin FROM neo4j",
    "TERMINATE TRANSACTIONS 'x'",
    "START DATABASE x",
    "STOP DATABASE x",
    "ENABLE SERVER 'x'",
    "RENAME USER a TO b",
    "CYPHER runtime=parallel MATCH (n) RETURN n",
    "EXPLAIN MATCH (n) RETURN n",
    "PROFILE MATCH (n) RETURN n",
    "MATCH (n) RETURN n NEXT MATCH (m) RETURN m",
    "MATCH (n) LET x = 1 RETURN x",
    "BEGIN",
    ":use system",
    "{ CREATE (n) }",
    "(n)",
    "SELECT FROM Gene",
    "",
    " // nothing\n",
]

BROKEN = [
    "RETURN 'abc",
    'RETURN "abc\\"',
    "MATCH (`n) RETURN n",
    "RETURN /* abc",
    "RETURN '\\x'",
    "RETURN 1abc",
    "RETURN #",
]


@pytest.mark.parametrize("query", READING)
def test_reading_is_allowed(query: str) -> None:
    check_read_only(query)


@pytest.mark.parametrize("query", WRITING + READING_OUTSIDE + COMMANDING + BROKEN)
def test_everything_else_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        check_read_only(query)


@pytest.mark.parametrize("query", READING)
@pytest.mark.parametrize("clause", ["CREATE (x)", "SET n.x = 1", "DETACH DELETE n", "MERGE (x)", "FLY TO n"])
def test_a_clause_added_to_a_reading_query_is_refused(query: str, clause: str) -> None:
    for spoilt in (f"{query.rstrip(';')} {clause}", f"{query.rstrip(';')}\n/**/{clause.lower()}", f"{clause} {query}"):
        with pytest.raises(QueryError):
            check_read_only(spoilt)


def test_the_message_says_where_and_what_else() -> None:
    with pytest.raises(QueryError, match=r"^line 2, column 3: DELETE is not allowed here"):
        check_read_only("MATCH (n)\n  DELETE n")
    with pytest.raises(QueryError, match=r"did you mean ORDER\?"):
        check_read_only("MATCH (n) RETURN n ORDR BY n.x")
    with pytest.raises(QueryError, match=r"procedure db.label is not allowed .did you mean db.labels\?"):
        check_read_only("CALL db.label()")
    with pytest.raises(QueryError, match=r"line 1, column 8: .*quotes"):
        check_read_only("RETURN 'abc")


def test_a_huge_query_is_refused_at_once() -> None:
    with pytest.raises(QueryError, match="longer than"):
        check_read_only("RETURN 1 //" + "x" * LONGEST)


def test_tokens_keep_their_place() -> None:
    text = "MATCH (n) /* c */ RETURN n.`a b` // end"
    assert [(t.text, text[t.at : t.at + len(t.text)]) for t in tokenise(text)] == [
        (w, w) for w in ("MATCH", "(", "n", ")", "RETURN", "n", ".", "`a b`")
    ]
