package portabilitytest

var engineJudgements, engineSteerings, engineReruns, engineEnds []engineSituation
