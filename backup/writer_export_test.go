package backup

// CreateFailing is Create on a disk that is asked before everything that changes it;
// what fail returns happens in its place.
func CreateFailing(path string, o *WriteOptions, fail func(file string) error) (*Writer, error) {
	return create(path, o, fail)
}

// Abandon leaves a writer as a process does that is killed: nothing is saved any
// more, but what the system closes is closed.
func (w *Writer) Abandon() error {
	w.files.Lock()
	defer w.files.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.release()
}

// SaveAlways has the next checkpoint save, however little there is.
func (w *Writer) SaveAlways() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unsaved = saveBytes
}
