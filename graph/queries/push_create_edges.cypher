// Edges that the graph lacks. $rows: lists of source, target and all properties (provenance and record among them).
// `TYPE`: put in as text, the edge type.
UNWIND $rows AS row
MATCH (source:Clew {id: row[0]})
MATCH (target:Clew {id: row[1]})
CREATE (source)-[edge:`TYPE`]->(target)
SET edge = row[2]
