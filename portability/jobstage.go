package portability

// stageOf returns the stage in which items of a kind are put.
func stageOf(k Kind) Stage {
	switch k {
	case Blocked, Muted, BlockedDomains:
		return StageProtect
	case Actor, Keys, Media:
		return StageProfile
	case Content:
		return StageContent
	case Received:
		return StageReceived
	}
	return StageRest
}
