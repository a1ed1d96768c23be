package expand

import "codeberg.org/godwit/godwit/vocab"

// A sizer counts what makes a document expensive.
type sizer struct{ contexts, entries, definitions, objects, bytes int }

func checkSize(o *vocab.Object) error {
	if len(o.Bytes()) > maxBytes {
		return ErrTooLarge
	}
	s := &sizer{}
	return s.object(o, 1, false)
}

func (s *sizer) object(o *vocab.Object, depth int, inContext bool) error {
	s.objects++
	if inContext {
		s.definitions += o.Len()
	}
	if depth > maxDepth {
		return ErrTooDeep
	}
	for name, v := range o.Members() {
		isContext := name == string(vocab.Context)
		if isContext {
			s.contexts++
			s.entries += entries(v)
		}
		if isContext && !inContext {
			s.bytes += len(v.Raw())
		}
		if err := s.value(v, depth+1, inContext || isContext); err != nil {
			return err
		}
	}
	if s.bytes > maxContext {
		return ErrTooLarge
	}
	if s.contexts > maxContexts || s.entries > maxEntries || s.definitions > maxDefinitions || s.objects > maxObjects {
		return ErrTooMany
	}
	return nil
}

func (s *sizer) value(v vocab.Value, depth int, inContext bool) error {
	switch v.Kind() {
	case vocab.Record:
		o, _ := v.Object()
		return s.object(o, depth, inContext)
	case vocab.Array:
		if depth > maxDepth {
			return ErrTooDeep
		}
		for element := range v.Elements() {
			if err := s.value(element, depth+1, inContext); err != nil {
				return err
			}
		}
	}
	return nil
}

func entries(context vocab.Value) int {
	n := 0
	for range context.Elements() {
		n++
	}
	return n
}
