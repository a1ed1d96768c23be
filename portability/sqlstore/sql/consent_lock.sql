-- Nothing: whoever writes is alone here.
SELECT 1
