// Nodes that the graph lacks. $rows: all properties of each (id and name among them).
// `LABEL`: put in as text, the node type.
UNWIND $rows AS row
CREATE (node:Clew:`LABEL`)
SET node = row
