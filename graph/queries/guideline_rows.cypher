// The guideline rows that have a say on therapies, and those that a patient's genes ask for.
// $therapies: ids of Therapies or Drugs; $genes: ids of Genes.
// A therapy brings the rows that limit it, itself or through a component, and the dosing and points that ask for no gene.
// A gene brings the rows that guide by it: dosing, points, germline genotypes. Points bring the row that they start from.
// Rows: id.
UNWIND $therapies AS therapy
MATCH (:Clew {id: therapy})-[:HAS_COMPONENT*0..1]->(drug:Clew)
WITH DISTINCT drug
MATCH (drug)<-[:EXCLUDES|CAUTIONS|REQUIRES|DOSES|SCORES]-(found:Clew:GuidelineRow)
WHERE NOT found.kind IN ['dose', 'score'] OR NOT (found.guides OR found.base)
RETURN DISTINCT found.id AS id
UNION
UNWIND $therapies AS therapy
MATCH (:Clew {id: therapy})-[:HAS_COMPONENT*0..1]->(drug:Clew)
WITH DISTINCT drug
MATCH (drug)<-[:SCORES]-(row:Clew:GuidelineRow)
WHERE NOT (row.guides OR row.base)
MATCH (drug)<-[:SCORES]-(found:Clew:GuidelineRow)
WHERE found.base AND found.guideline = row.guideline
RETURN DISTINCT found.id AS id
UNION
UNWIND $genes AS gene
MATCH (:Clew {id: gene})<-[:IN_GENE]-(criterion:Clew)
WITH DISTINCT criterion
MATCH (criterion)-[:IN_PROFILE|ABSENT_FROM_PROFILE]->(profile:Clew)
WITH DISTINCT profile
MATCH (profile)-[:SUBJECT_OF]->(found:Clew:GuidelineRow)
WHERE found.guides
RETURN DISTINCT found.id AS id
UNION
UNWIND $genes AS gene
MATCH (:Clew {id: gene})<-[:IN_GENE]-(criterion:Clew)
WITH DISTINCT criterion
MATCH (criterion)-[:IN_PROFILE|ABSENT_FROM_PROFILE]->(profile:Clew)
WITH DISTINCT profile
MATCH (profile)-[:SUBJECT_OF]->(row:Clew:GuidelineRow)
WHERE row.guides
MATCH (row)-[:SCORES]->(drug:Clew)
WITH DISTINCT drug, row.guideline AS guideline
MATCH (drug)<-[:SCORES]-(found:Clew:GuidelineRow)
WHERE found.base AND found.guideline = guideline
RETURN DISTINCT found.id AS id
