// Nodes whose properties are others now. $rows: lists of id and all properties (id and name among them).
UNWIND $rows AS row
MATCH (node:Clew {id: row[0]})
SET node = row[1]
