// Clew's nodes are known by their ids. No parameters.
CREATE CONSTRAINT clew_id IF NOT EXISTS FOR (node:Clew) REQUIRE node.id IS UNIQUE
