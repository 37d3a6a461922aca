// Edges that the release lacks. $rows: lists of source, target, provenance, record.
// `TYPE`: put in as text, the type of the edges.
UNWIND $rows AS row
MATCH (:Clew {id: row[0]})-[edge:`TYPE` {provenance: row[2], record: row[3]}]->(:Clew {id: row[1]})
DELETE edge
