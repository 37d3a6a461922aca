// The last step of a push. $id: of the Release node; $properties: what it says from now on.
MATCH (release:Clew:Release {id: $id})
SET release = $properties
